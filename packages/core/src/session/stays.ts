import type { HeldConnection, Presence, Viewer } from '../engine/presence.ts'
import type { Json, SpaceView } from '../machine/index.ts'
import type { ClientMessage, WantedSpace } from '../protocol/messages.ts'
import { permits, sift } from './permissions.ts'
import type { Replies } from './replies.ts'

type Of<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>

/** Whether a viewer may enter a space. */
const mayEnter = (presence: Presence, viewer: Viewer) => (space: string) =>
  permits(presence, 'canEnter', (access) => access.canEnter(viewer, space))

/** Where a connection is to stand, out of what its client wants. */
export interface Entrance {
  readonly spaces: readonly SpaceView[]
  /** Wanted, but not permitted. */
  readonly denied: readonly string[]
  /** Granted, but more than a connection may stand in. */
  readonly left: readonly string[]
}

/** Weighs the spaces of a hello: those it names, or else all that were granted, up to the limit. */
export async function weighSpaces(
  presence: Presence,
  viewer: Viewer,
  wanted: readonly WantedSpace[] | null,
): Promise<Entrance> {
  const states = new Map<string, Json>()
  if (wanted === null) for (const space of viewer.spaces) states.set(space, null)
  else for (const { space, state = null } of wanted) states.set(space, state)
  const { allowed, denied } = await sift([...states.keys()], mayEnter(presence, viewer))
  const { spaces: limit } = presence.limits
  const spaces = allowed.slice(0, limit).map((space) => ({ space, state: states.get(space) ?? null }))
  // What was merely granted was not asked for: it is nothing to complain about.
  return { spaces, denied: wanted === null ? [] : denied, left: allowed.slice(limit) }
}

/** The spaces that one connection stands in. */
export interface Stays {
  has(space: string): boolean
  names(): readonly string[]
  /** Each resolves once it is decided; the `ack` follows when it is saved. */
  enter(message: Of<'enter'>, viewer: Viewer): Promise<void>
  exit(message: Of<'exit'>): void
  state(message: Of<'state'>): void
  /** Exits what the viewer may no longer enter. Resolves to those spaces. */
  recheck(viewer: Viewer): Promise<readonly string[]>
}

/** @param standing Where the connection stands as it opened. */
export function createStays(
  presence: Presence,
  held: HeldConnection,
  replies: Replies,
  standing: Iterable<string>,
): Stays {
  const names = new Set(standing)

  const leave = (space: string): Promise<void> => {
    names.delete(space)
    return held.exit(space)
  }
  return {
    has: (space) => names.has(space),
    names: () => [...names],
    async enter({ id, space, state }, viewer) {
      const known = names.has(space)
      if (!(await mayEnter(presence, viewer)(space))) {
        replies.refuse('enter', id, {
          code: 'forbidden',
          message: `The space ${space} may not be entered by you`,
          details: { space },
        })
      } else if (!known && names.size >= presence.limits.spaces) {
        const limit = presence.limits.spaces
        replies.refuse('enter', id, {
          code: 'limit-exceeded',
          message: `A connection stands in at most ${limit} spaces; exit some`,
          details: { space, limit },
        })
      } else if (known && state === undefined) {
        // There already: the state there stays what it is.
        replies.ack(id)
      } else {
        names.add(space)
        replies.ackOnce('enter', id, held.enter(space, state ?? null))
      }
    },
    exit({ id, space }) {
      replies.ackOnce('exit', id, leave(space))
    },
    state({ id, space, state }) {
      if (names.has(space)) replies.ackOnce('state', id, held.enter(space, state))
      else {
        const message = `This connection does not stand in ${space}; enter it first`
        replies.refuse('state', id, { code: 'forbidden', message, details: { space } })
      }
    },
    async recheck(viewer) {
      const { denied } = await sift([...names], mayEnter(presence, viewer))
      for (const space of denied) leave(space).catch((error: unknown) => replies.fail('exit', null, error))
      return denied
    },
  }
}

/** Brings a connection that took another's place to stand where its client wants to stand now. */
export async function moveTo(
  held: HeldConnection,
  standing: readonly SpaceView[],
  wanted: readonly SpaceView[],
): Promise<void> {
  const names = new Set(wanted.map(({ space }) => space))
  await Promise.all([
    ...standing.filter(({ space }) => !names.has(space)).map(({ space }) => held.exit(space)),
    ...wanted.map(({ space, state }) => held.enter(space, state)),
  ])
}
