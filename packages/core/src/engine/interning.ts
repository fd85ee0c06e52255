import type { SpaceEntry } from '../machine/index.ts'
import type { SpaceView } from '../protocol/messages.ts'

/** Lists kept to be shared; beyond this many different ones, new ones are not. */
const MAX_KEPT = 10_000
/** No name contains it. */
const SEPARATOR = '\0'

/**
 * Lists of spaces that many connections have in common, each kept once: most members of an organisation are granted
 * the same spaces, and enter the same ones.
 */
export interface SharedLists {
  names(spaces: readonly string[]): readonly string[]
  /** Spaces entered in opening; those with a state are a connection's own. */
  entries(spaces: readonly SpaceView[]): readonly SpaceEntry[]
}

export function createSharedLists(): SharedLists {
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
  return {
    names: (spaces) =>
      shared(names, spaces.length === 1 ? (spaces[0] as string) : spaces.join(SEPARATOR), () => [...spaces]),
    entries(spaces) {
      const own = () => spaces.map(({ space, state }): SpaceEntry => ({ space, state, at: 0 }))
      return spaces.every(({ state }) => state === null) ? shared(entries, keyOf(spaces), own) : own()
    },
  }
}
