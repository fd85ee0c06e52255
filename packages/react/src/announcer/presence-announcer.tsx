import type { CSSProperties, ReactNode } from 'react'
import { type AnnouncementOptions, useAnnouncement } from './use-announcement.ts'

const UNSEEN: CSSProperties = {
  position: 'absolute',
  width: 1,
  height: 1,
  overflow: 'hidden',
  clipPath: 'inset(50%)',
  whiteSpace: 'nowrap',
}

export interface PresenceAnnouncerProps extends AnnouncementOptions {
  /** Show it oneself; without one it is there for screen readers alone. */
  readonly className?: string
}

/** One polite live region for a whole list, saying at most every 5 s who came and went. Off unless rendered; render one. */
export function PresenceAnnouncer({ className, ...options }: PresenceAnnouncerProps): ReactNode {
  const text = useAnnouncement(options)
  return (
    <div role="status" className={className} style={className === undefined ? UNSEEN : undefined}>
      {text}
    </div>
  )
}
