import { DURATIONS } from './durations.ts'

interface Props {
  readonly label: string
  readonly testId: string
  readonly value: number
  onChange(ms: number): void
}

export function DurationField({ label, testId, value, onChange }: Props) {
  return (
    <select
      className="field"
      aria-label={label}
      data-testid={testId}
      value={value}
      onChange={(event) => onChange(Number(event.target.value))}
    >
      {DURATIONS.map(([ms, words]) => (
        <option key={ms} value={ms}>
          {words}
        </option>
      ))}
    </select>
  )
}
