import { type Shape, StatusMark } from '../status/status-mark.tsx'
import { statusWord } from '../status/status-words.ts'

const LEGEND: readonly Shape[] = ['online', 'away', 'busy', 'dnd', 'offline', 'hidden']

/** The pine half of the login: what this is, and the key to its marks. */
export function Poster() {
  return (
    <aside className="poster">
      <Contours />
      <div className="poster-words">
        <p className="eyebrow">Acme Cartography</p>
        <p className="poster-title">
          Who is here, since when, and why <mark>not.</mark>
        </p>
        <p className="poster-lead">
          A member directory with channels. Every dot you will see comes from a real connection through the whole stack,
          your colleagues' as well.
        </p>
      </div>
      <ul className="poster-legend" aria-label="Key to the marks">
        {LEGEND.map((status) => (
          <li key={status}>
            <StatusMark status={status} size={13} /> {statusWord(status)}
          </li>
        ))}
      </ul>
    </aside>
  )
}

/** Height lines around two summits; it is a cartographer's intranet, after all. */
function Contours() {
  const rings = Array.from({ length: 13 }, (_, i) => i)
  return (
    <svg className="contours" viewBox="0 0 600 900" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      {rings.map((i) => (
        <path key={i} d={contour(390, 330, 28 + i * 34, i * 0.11)} />
      ))}
      {rings.slice(0, 6).map((i) => (
        <path key={`low-${i}`} d={contour(120, 730, 18 + i * 26, 2 + i * 0.15)} />
      ))}
    </svg>
  )
}

/** A closed line at a distance from a summit that wavers as the ground does. */
function contour(x: number, y: number, radius: number, turn: number): string {
  const points = Array.from({ length: 72 }, (_, i) => {
    const angle = (i / 72) * 2 * Math.PI
    const waver = 1 + 0.16 * Math.sin(angle * 3 + turn) + 0.07 * Math.sin(angle * 5 - turn * 2)
    return `${(x + Math.cos(angle) * radius * waver * 1.15).toFixed(1)} ${(y + Math.sin(angle) * radius * waver).toFixed(1)}`
  })
  return `M${points.join('L')}Z`
}
