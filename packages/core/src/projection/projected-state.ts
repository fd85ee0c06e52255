import { isNewer, isPresent, type Status, type UserView } from '../machine/index.ts'

/** What a projection writes of one user: as others see them, so an invisible user reads offline. Times are store time in ms. */
export interface ProjectedState {
  readonly userId: string
  /** Any status but `offline`. */
  readonly isOnline: boolean
  readonly status: Status
  /**
   * The latest sign of life that others know of: since when the status stands while present, `lastSeenAt` once offline.
   * `null`: never seen, or not for others.
   */
  readonly lastActiveAt: number | null
  /** Once offline; `null` while present, never seen, or not for others. */
  readonly lastSeenAt: number | null
  /** With `version` the key of this state: a row never goes back to a lower one. */
  readonly epoch: number
  readonly version: number
}

/** A view of `others`, and the key it stands under. */
export function projectedOf(
  view: UserView,
  { epoch, version }: { readonly epoch: number; readonly version: number },
): ProjectedState {
  const { userId, status, statusSince, lastSeenAt } = view
  const isOnline = isPresent(status)
  return { userId, isOnline, status, lastActiveAt: isOnline ? statusSince : lastSeenAt, lastSeenAt, epoch, version }
}

/** Whether both say the same of the user, whatever their keys. */
export function saysSame(a: ProjectedState, b: ProjectedState): boolean {
  return (
    a.isOnline === b.isOnline &&
    a.status === b.status &&
    a.lastActiveAt === b.lastActiveAt &&
    a.lastSeenAt === b.lastSeenAt
  )
}

/** The one of two states of a user that was saved later. */
export function newerOf(a: ProjectedState | undefined, b: ProjectedState): ProjectedState {
  return a === undefined || isNewer(b, a) ? b : a
}
