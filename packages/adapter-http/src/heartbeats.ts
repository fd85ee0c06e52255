import { type Clock, createRecent } from '@rollcall/core'

/** One heartbeat of a session counts in this time, unless it says something new. */
const HEARTBEAT_MS = 10_000

/** A heartbeat that counted. */
export interface Heartbeat {
  /** On the monotonic clock. */
  readonly at: number
  readonly leaseMs: number
  /** There was input. */
  readonly active: boolean
}

/** The heartbeats that counted of late, by session. */
export interface Heartbeats {
  /** The last one of a session, unless its user's connections were ended since. */
  last(userId: string, sessionKey: string): Heartbeat | undefined
  set(sessionKey: string, heartbeat: Heartbeat): void
  /** It did not count after all. */
  drop(sessionKey: string): void
  /** Connections of a user were ended: the next heartbeat of any session counts. */
  forget(userId: string): void
}

export function createHeartbeats(clock: Pick<Clock, 'monotonic'>): Heartbeats {
  const beats = createRecent<Heartbeat>(clock, HEARTBEAT_MS)
  const endedAt = createRecent<number>(clock, HEARTBEAT_MS)
  return {
    last(userId, sessionKey) {
      const last = beats.get(sessionKey)
      return last === undefined || last.at <= (endedAt.get(userId) ?? Number.NEGATIVE_INFINITY) ? undefined : last
    },
    set: beats.set,
    drop: beats.delete,
    forget: (userId) => endedAt.set(userId, clock.monotonic()),
  }
}

/** Whether a heartbeat is more than a repeat: it is due, or tells of input, or of a next one that is much later. */
export function isNews({ at, leaseMs, active }: Heartbeat, last: Heartbeat): boolean {
  const passedMs = at - last.at
  if (passedMs >= HEARTBEAT_MS || (active && !last.active)) return true
  return leaseMs - (last.leaseMs - passedMs) > HEARTBEAT_MS
}
