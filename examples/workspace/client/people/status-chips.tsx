import type { PresenceStatus } from '@rollcall/client'
import { StatusMark } from '../status/status-mark.tsx'
import { statusWord } from '../status/status-words.ts'
import type { Roster, StatusFilter } from './roster.ts'

interface Props {
  readonly value: StatusFilter
  readonly counts: Roster['counts']
  onChange(filter: StatusFilter): void
}

const STATUSES: readonly PresenceStatus[] = ['online', 'away', 'busy', 'dnd', 'offline']

export function StatusChips({ value, counts, onChange }: Props) {
  return (
    <fieldset className="chips" aria-label="Filter by status">
      {STATUSES.map((status) => (
        <button
          key={status}
          type="button"
          className="chip"
          aria-pressed={value === status}
          data-testid="status-filter"
          data-status={status}
          onClick={() => onChange(value === status ? 'all' : status)}
        >
          <StatusMark status={status} /> {statusWord(status)} <span className="count">{counts[status] ?? 0}</span>
        </button>
      ))}
    </fieldset>
  )
}
