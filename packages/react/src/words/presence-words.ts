import type { PresenceStatus } from '@rollcall/client'

/** Who changed since the last announcement, by name. */
export interface Announcement {
  readonly cameOnline: readonly string[]
  readonly wentOffline: readonly string[]
}

/** Every word that a component says; times come from `Intl`. */
export interface PresenceWords {
  /** The name of each status. */
  readonly status: Readonly<Record<PresenceStatus, string>>
  /** One short sentence. @default the name of the status and who it is, such as `Online: Ada, Grace` */
  readonly announce?: (announcement: Announcement) => string
}

const people = (names: readonly string[]) => (names.length === 1 ? names[0] : `${names.length} people`)

export const english: PresenceWords = {
  status: {
    online: 'Online',
    away: 'Away',
    busy: 'Busy',
    dnd: 'Do not disturb',
    offline: 'Offline',
    unknown: 'Unknown',
  },
  announce: ({ cameOnline, wentOffline }) =>
    [
      cameOnline.length > 0 && `${people(cameOnline)} came online`,
      wentOffline.length > 0 && `${people(wentOffline)} went offline`,
    ]
      .filter(Boolean)
      .join(', '),
}
