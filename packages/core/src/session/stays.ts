import type { HeldConnection, Presence, Viewer } from '../engine/presence.ts'
import { PresenceError } from '../errors.ts'
import type { Json, SpaceView } from '../machine/index.ts'
import type { ClientMessage, WantedSpace } from '../protocol/messages.ts'
import { permits, sift } from './permissions.ts'
import { ack, ackOnce, type Client, fail, refuse } from './replies.ts'

type Of<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>

/** Whether a viewer may enter a space. */
const mayEnter = (presence: Presence, viewer: Viewer, space: string) =>
  permits(presence, 'canEnter', (access) => access.canEnter(viewer, space))

function undecided(space: string): PresenceError {
  return new PresenceError('unavailable', `it cannot be told now whether ${space} may be entered; try again`, { space })
}

/** Where a connection is to stand, out of what its client wants. */
export interface Entrance {
  readonly spaces: readonly SpaceView[]
  /** Wanted, but not permitted. */
  readonly denied: readonly string[]
  /** Permitted, but more than a connection may stand in. */
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
  const { allowed, denied, unknown } = await sift([...states.keys()], (space) => mayEnter(presence, viewer, space))
  if (unknown.length > 0) throw undecided(unknown[0] as string)
  const { spaces: limit } = presence.limits
  const spaces = allowed.slice(0, limit).map((space) => ({ space, state: states.get(space) ?? null }))
  // What was merely granted was not asked for: it is nothing to complain about.
  return { spaces, denied: wanted === null ? [] : denied, left: allowed.slice(limit) }
}

/** A connection, as far as it stands in spaces. */
export type Standing = Pick<HeldConnection, 'connectionId' | 'enter' | 'exit'>

/** Brings a connection that took another's place to stand where its client wants to stand now. */
export async function moveTo(
  held: Standing,
  standing: readonly SpaceView[],
  wanted: readonly SpaceView[],
): Promise<void> {
  const names = new Set(wanted.map(({ space }) => space))
  await Promise.all([
    ...standing.filter(({ space }) => !names.has(space)).map(({ space }) => held.exit(space)),
    ...wanted.map(({ space, state }) => held.enter(space, state)),
  ])
}

/** The spaces that one connection stands in. */
export class Stays {
  readonly #client: Client
  readonly #held: Standing
  /** Never changed in place: most connections stand where they were granted to, and share that list. */
  #names: readonly string[]
  /** States that are something; most connections have none. */
  #states: Map<string, Json> | null = null

  constructor(client: Client, held: Standing, names: readonly string[], standing: readonly SpaceView[]) {
    this.#client = client
    this.#held = held
    this.#names = names
    for (const { space, state } of standing) this.#keep(space, state)
  }

  /** Where the connection stands, with its state there. */
  standing(): readonly SpaceView[] {
    return this.#names.map((space) => ({ space, state: this.#states?.get(space) ?? null }))
  }

  has(space: string): boolean {
    return this.#names.includes(space)
  }

  /** Resolves once it is decided; the `ack` follows when it is saved. */
  async enter({ id, space, state }: Of<'enter'>, viewer: Viewer): Promise<void> {
    const { presence } = this.#client.host
    const { spaces: limit } = presence.limits
    const known = this.has(space)
    const mayIt = await mayEnter(presence, viewer, space).catch((error: unknown) =>
      fail(this.#client, 'enter', id, error),
    )
    if (mayIt === undefined) return
    if (!mayIt) {
      const message = `The space ${space} may not be entered by you`
      return refuse(this.#client, 'enter', id, { code: 'forbidden', message, details: { space } })
    }
    if (!known && this.#names.length >= limit) {
      const message = `A connection stands in at most ${limit} spaces; exit some`
      return refuse(this.#client, 'enter', id, { code: 'limit-exceeded', message, details: { space, limit } })
    }
    // There already, with the state it has.
    if (known && state === undefined) return ack(this.#client, id)
    if (!known) this.#names = [...this.#names, space]
    this.#keep(space, state ?? null)
    ackOnce(this.#client, 'enter', id, this.#held.enter(space, state ?? null))
  }

  exit({ id, space }: Of<'exit'>): void {
    ackOnce(this.#client, 'exit', id, this.#leave(space))
  }

  state({ id, space, state }: Of<'state'>): void {
    if (this.has(space)) {
      this.#keep(space, state)
      ackOnce(this.#client, 'state', id, this.#held.enter(space, state))
      return
    }
    const message = `This connection does not stand in ${space}; enter it first`
    refuse(this.#client, 'state', id, { code: 'forbidden', message, details: { space } })
  }

  /** Exits what the viewer may no longer enter. Resolves to those spaces. */
  async recheck(viewer: Viewer): Promise<readonly string[]> {
    const { presence } = this.#client.host
    // Of what cannot be told now it stays as it is.
    const { denied } = await sift(this.#names, (space) => mayEnter(presence, viewer, space))
    for (const space of denied) this.#leave(space).catch((error: unknown) => fail(this.#client, 'exit', null, error))
    return denied
  }

  #keep(space: string, state: Json): void {
    if (state !== null) this.#states = (this.#states ?? new Map<string, Json>()).set(space, state)
    else this.#states?.delete(space)
  }

  #leave(space: string): Promise<void> {
    this.#names = this.#names.filter((name) => name !== space)
    this.#states?.delete(space)
    return this.#held.exit(space)
  }
}
