import type { Opening, SpaceEntry, SpaceView } from '../machine/index.ts'
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
