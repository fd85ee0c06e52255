import type { Opened, Viewer } from '../engine/presence.ts'
import { isPresenceError, PresenceError } from '../errors.ts'
import type { SelfView } from '../machine/index.ts'
import { type ClientMessage, PROTOCOL_VERSION } from '../protocol/messages.ts'
import { Attached, type AttachedTo } from './attached.ts'
import { runAuthenticate } from './authenticate.ts'
import type { HostParts } from './host-parts.ts'
import { type Client, count, RETRY_AFTER_MS, refusalOf, refuse, send } from './replies.ts'
import { type Entrance, moveTo, type Standing, weighSpaces } from './stays.ts'
import type { TokenBearer } from './token-life.ts'

export type Hello = Extract<ClientMessage, { type: 'hello' }>

/** What came of a hello. The client has been told of everything but the welcome. */
export type HelloOutcome<C> =
  | {
      readonly kind: 'opened'
      readonly attached: Attached<C>
      readonly opened: Opened
      readonly expiresInMs: number | null
      readonly entrance: Entrance
    }
  /** Nobody: the token was refused. */
  | { readonly kind: 'unauthenticated' }
  /** Final: `bye` was said. */
  | { readonly kind: 'bye' }
  /** The client tries again. */
  | { readonly kind: 'unavailable' }

const LATE = Symbol('late')

/** Why a hello opens nothing. The client has been told. */
export type TurnedAway = Exclude<HelloOutcome<never>['kind'], 'opened'>

/** Who says hello, and where they are to stand. */
export interface Admitted {
  readonly viewer: Viewer
  readonly expiresInMs: number | null
  readonly entrance: Entrance
}

/** Finds out who the client is. Never throws. */
export async function admit<C>(
  client: TokenBearer<C>,
  hello: Hello,
  connectionId: string,
): Promise<Admitted | TurnedAway> {
  const { host, transport } = client
  if (hello.version !== PROTOCOL_VERSION) {
    count(client, 'hello', 'bad-message')
    const message = `This server speaks version ${PROTOCOL_VERSION} of the protocol, not ${hello.version}; reload the page`
    send(client, { type: 'bye', reason: 'refused', message })
    return 'bye'
  }
  const found = await runAuthenticate(host, () => transport.credentials(hello.token), connectionId)
  if (found.kind === 'refused') {
    refuse(client, 'hello', null, { code: 'authentication-error', message: 'The token was refused; get a new one' })
    return 'unauthenticated'
  }
  if (found.kind === 'unavailable') {
    const message = 'The token cannot be checked now; try again'
    refuse(client, 'hello', null, { code: 'unavailable', message, retryAfterMs: RETRY_AFTER_MS })
    return 'unavailable'
  }
  // The server's own word on the device counts; a client's is better than none.
  const viewer: Viewer =
    found.viewer.device === null && hello.device !== undefined
      ? { ...found.viewer, device: hello.device }
      : found.viewer
  try {
    const entrance = await weighSpaces(host.presence, viewer, hello.spaces ?? null)
    return { viewer, expiresInMs: found.expiresInMs, entrance }
  } catch (error) {
    return turnDown(client, error)
  }
}

/** Says who the client is and opens its connection. Never throws. */
export async function answerHello<C>(client: AttachedTo<C>, hello: Hello): Promise<HelloOutcome<C>> {
  const { presence, randomId } = client.host
  const connectionId = randomId()
  const admitted = await admit(client, hello, connectionId)
  if (typeof admitted === 'string') return { kind: admitted }
  const { viewer, expiresInMs, entrance } = admitted
  const attached = new Attached(client, viewer)
  try {
    const request = { ...requestOf(hello, admitted, connectionId), listener: attached }
    const opened = await inTime(client.host, presence.open(request))
    const standing = opened.resumed ? await takeOver(client, opened, viewer, hello, entrance) : entrance
    return { kind: 'opened', attached, opened, expiresInMs, entrance: standing }
  } catch (error) {
    return { kind: turnDown(client, error) }
  }
}

/** What a hello asks of the engine, whoever is to hold the connection. */
export function requestOf(hello: Hello, { viewer, entrance }: Admitted, connectionId: string) {
  return {
    viewer,
    connectionId,
    spaces: entrance.spaces,
    instance: hello.instance,
    resume: hello.resume ?? null,
    invisible: hello.invisible === undefined ? null : { forMs: hello.invisible.forMs ?? null },
  }
}

/** Rejects with `unavailable` once it takes too long: nobody will ever know of a connection that opens after that. */
export async function inTime<C, O extends Openable>(
  { deadlines, options }: HostParts<C>,
  opening: Promise<O>,
): Promise<O> {
  const { authenticateWithinMs: withinMs } = options
  const opened = await deadlines.within(withinMs, LATE, opening, abandon)
  if (opened === LATE) throw new PresenceError('unavailable', `no connection was opened within ${withinMs} ms`)
  return opened
}

interface Openable {
  readonly connection: { leave(): Promise<void> }
}

function abandon({ connection }: Openable): void {
  connection.leave().catch(() => {
    // The store is away; the engine keeps the end for later.
  })
}

/** A connection that resumed stands where the old one stood: it moves to where its client wants to stand, and may. */
export async function takeOver(
  { host: { presence } }: Client,
  { connection, self }: { readonly connection: Standing; readonly self: SelfView },
  viewer: Viewer,
  hello: Hello,
  wanted: Entrance,
): Promise<Entrance> {
  const mine = self.connections.find(({ connectionId }) => connectionId === connection.connectionId)
  const standing = mine?.spaces ?? []
  const entrance = hello.spaces === undefined ? await weighSpaces(presence, viewer, standing) : wanted
  await moveTo(connection, standing, entrance.spaces).catch((error: unknown) => {
    const details = { userId: viewer.userId }
    presence.report(
      new PresenceError('unavailable', 'a resumed connection could not move to its spaces', details, error),
    )
  })
  return entrance
}

/** Tells a client that was welcomed which of the spaces it wanted it does not stand in. */
export function complain(client: Client, { denied, left }: Entrance): void {
  if (denied.length > 0) {
    const message = 'These spaces may not be entered by you'
    refuse(client, 'hello', null, { code: 'forbidden', message, details: { spaces: denied } })
  }
  if (left.length > 0) {
    const { spaces: limit } = client.host.presence.limits
    const message = `A connection stands in at most ${limit} spaces; these were left out`
    refuse(client, 'hello', null, { code: 'limit-exceeded', message, details: { spaces: left, limit } })
  }
}

/** Tells a client why it gets no connection. */
export function turnDown(client: Client, error: unknown): 'bye' | 'unavailable' {
  const code = isPresenceError(error) ? error.code : null
  if (code === 'not-running') {
    count(client, 'hello', code)
    send(client, { type: 'bye', reason: 'draining', retryAfterMs: RETRY_AFTER_MS })
    return 'bye'
  }
  const refusal = refusalOf(error, client.host.presence)
  if (refusal.code === 'unavailable') {
    refuse(client, 'hello', null, refusal)
    return 'unavailable'
  }
  count(client, 'hello', refusal.code)
  const reason = code === 'limit-exceeded' ? 'limit' : code === 'ended' ? 'sign-out' : 'refused'
  send(client, { type: 'bye', reason, message: refusal.message })
  return 'bye'
}
