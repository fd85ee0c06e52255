import type { CSSProperties } from 'react'
import type { Person } from '../../shared/directory.ts'
import { type Shape, StatusMark } from './status-mark.tsx'
import './avatar.css'

interface Props {
  readonly person: Pick<Person, 'id' | 'name'>
  readonly status?: Shape
  readonly stale?: boolean
  readonly size?: number
}

/** Initials on a small landscape that is always the same for one person, with their status at its corner. */
export function Avatar({ person, status, stale = false, size = 40 }: Props) {
  const seed = seedOf(person.id)
  const style = { '--size': `${size}px`, '--hue': HUES[seed % HUES.length] } as CSSProperties
  return (
    <span className="avatar" style={style} data-away={status === 'offline' || status === 'unknown'} data-stale={stale}>
      <svg className="avatar-picture" viewBox="0 0 40 40" aria-hidden="true">
        <rect className="avatar-sky" width="40" height="40" />
        <path className="avatar-hill" d={HILLS[seed % HILLS.length]} />
        <text x="20" y="21" textAnchor="middle" dominantBaseline="central">
          {initials(person.name)}
        </text>
      </svg>
      {status && (
        <span className="avatar-mark">
          <StatusMark status={status} size={Math.max(12, Math.round(size * 0.34))} />
        </span>
      )}
    </span>
  )
}

const HUES = [152, 205, 28, 262, 338, 88, 178, 52]

const HILLS = [
  'M0 26C10 18 18 32 28 24S40 22 40 22V40H0Z',
  'M0 40 16 14 40 36V40Z',
  'M20 40A20 20 0 0 1 40 20V40Z',
  'M0 20A20 20 0 0 1 20 40H0Z',
  'M0 30C14 30 14 16 40 16V40H0Z',
  'M0 0H40L0 34Z',
  'M40 0V40H14C14 22 24 6 40 0Z',
]

const initials = (name: string) =>
  name
    .split(' ')
    .map((word) => word[0])
    .slice(0, 2)
    .join('')

function seedOf(id: string): number {
  let seed = 7
  for (const letter of id) seed = (seed * 31 + (letter.codePointAt(0) ?? 0)) % 65_521
  return seed
}
