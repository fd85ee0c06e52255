import { PresenceError } from '../errors.ts'
import type { Opening, Policy, SpaceEntry, SpaceView } from '../machine/index.ts'
import type { Viewer } from './presence.ts'

/** Lists kept to be shared; beyond this many different ones, new ones are not. */
const MAX_KEPT = 10_000
const NOWHERE: readonly SpaceEntry[] = []
/** No name contains it. */
const SEPARATOR = '\0'

/**
 * What connections open with. Lists of spaces that many of them have in common are kept once: most members of an
 * organisation are granted the same spaces, and enter the same ones.
 */
export interface Openings {
  openingOf(viewer: Viewer, connectionId: string, spaces: readonly SpaceView[]): Opening
}

export function createOpenings(): Openings {
  const names = new Map<string, readonly string[]>()
  const entries = new Map<string, readonly SpaceEntry[]>()
  const shared = <T>(kept: Map<string, T>, key: string, make: () => T): T => {
    const known = kept.get(key)
    if (known !== undefined) return known
    const made = make()
    if (kept.size < MAX_KEPT) kept.set(key, made)
    return made
  }
  const keyOf = (spaces: readonly SpaceView[]) => {
    const only = spaces[0]
    return spaces.length === 1 && only !== undefined ? only.space : spaces.map(({ space }) => space).join(SEPARATOR)
  }
  const namesOf = (spaces: readonly string[]) =>
    shared(names, spaces.length === 1 ? (spaces[0] as string) : spaces.join(SEPARATOR), () => [...spaces])
  /** Those with a state are a connection's own. */
  const entriesOf = (spaces: readonly SpaceView[]) => {
    if (spaces.length === 0) return NOWHERE
    const own = () => spaces.map(({ space, state }): SpaceEntry => ({ space, state, at: 0 }))
    return spaces.every(({ state }) => state === null) ? shared(entries, keyOf(spaces), own) : own()
  }
  return {
    openingOf: ({ sessionId, device, meta, spaces: granted }, connectionId, spaces) => ({
      connectionId,
      sessionId,
      device,
      meta,
      grants: namesOf(granted),
      spaces: entriesOf(spaces),
    }),
  }
}

/** The client's own invisible claim, made in the step that opens its connection. */
export function invisibleClaim(forMs: number | null, at: number) {
  return {
    source: 'manual',
    status: 'invisible',
    priority: 60,
    until: forMs === null ? null : at + forMs,
    connectionId: null,
  } as const
}

/** Why nothing was opened. */
export function refusalOfOpening(verdict: string, userId: string, policy: Policy): PresenceError {
  if (verdict === 'limit') {
    return new PresenceError(
      'limit-exceeded',
      `${userId} has ${policy.maxConnections} connections, as many as one user may have`,
      {
        userId,
        limit: policy.maxConnections,
      },
    )
  }
  if (verdict === 'superseded') {
    return new PresenceError('unavailable', `a later attempt of the same page of ${userId} stands; connect anew`, {
      userId,
      verdict,
    })
  }
  return new PresenceError('ended', `the connection, session or user ${userId} was ended on purpose; connect anew`, {
    userId,
    verdict,
  })
}
