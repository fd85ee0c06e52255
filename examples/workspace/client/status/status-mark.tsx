import type { PresenceStatus } from '@rollcall/client'
import { StatusIndicator } from '@rollcall/react/components'
import './status-mark.css'

/** What can be shown: a status, or one's own that others do not see. */
export type Shape = PresenceStatus | 'hidden'

interface Props {
  readonly status: Shape
  readonly size?: number
}

/** A status as a small drawing, beside its word: the library's, and one more of the same kind for being invisible. */
export function StatusMark({ status, size = 12 }: Props) {
  if (status !== 'hidden') {
    return <StatusIndicator className="status-mark" status={status} size={size} label={null} pulse />
  }
  return (
    <svg aria-hidden="true" className="status-mark" data-status="hidden" width={size} height={size} viewBox="0 0 16 16">
      <circle
        cx="8"
        cy="8"
        r="5.2"
        fill="none"
        stroke="var(--rollcall-offline)"
        strokeWidth="2.4"
        strokeDasharray="2.7 2.74"
      />
    </svg>
  )
}
