import type { ConnectionListener, Opened, Viewer } from '../engine/presence.ts'
import { isPresenceError, PresenceError } from '../errors.ts'
import { type ClientMessage, PROTOCOL_VERSION } from '../protocol/messages.ts'
import { runAuthenticate } from './authenticate.ts'
import type { HostParts } from './host-parts.ts'
import { RETRY_AFTER_MS, type Replies, refusalOf } from './replies.ts'
import { moveTo, weighSpaces } from './stays.ts'
import type { SessionTransport } from './transport.ts'

export type Hello = Extract<ClientMessage, { type: 'hello' }>

/** What came of a hello. The client has been told of everything but the welcome. */
export type HelloOutcome =
  | {
      readonly kind: 'opened'
      readonly opened: Opened
      readonly viewer: Viewer
      readonly expiresInMs: number | null
      /** Where the connection stands. */
      readonly spaces: readonly string[]
      /** What it wanted and does not get; the client is told after the welcome. */
      complain(): void
    }
  /** Nobody: the token was refused. */
  | { readonly kind: 'unauthenticated' }
  /** Final: `bye` was said. */
  | { readonly kind: 'bye' }
  /** The client tries again. */
  | { readonly kind: 'unavailable' }

const LATE = Symbol('late')

/** Says who the client is and opens its connection. Never throws. */
export async function answerHello<C>(
  host: HostParts<C>,
  transport: SessionTransport<C>,
  replies: Replies,
  hello: Hello,
  listener: ConnectionListener,
): Promise<HelloOutcome> {
  const { presence, options, deadlines } = host
  const { authenticate, authenticateWithinMs } = options
  if (hello.version !== PROTOCOL_VERSION) {
    replies.count('hello', 'refused')
    const message = `This server speaks version ${PROTOCOL_VERSION} of the protocol, not ${hello.version}; reload the page`
    replies.send({ type: 'bye', reason: 'refused', message })
    return { kind: 'bye' }
  }
  const connectionId = host.randomId()
  const credentials = () => transport.credentials(hello.token)
  const found = await runAuthenticate(
    presence,
    deadlines,
    authenticateWithinMs,
    authenticate,
    credentials,
    connectionId,
  )
  if (found.kind === 'refused') {
    replies.refuse('hello', null, { code: 'authentication-error', message: 'The token was refused; get a new one' })
    return { kind: 'unauthenticated' }
  }
  if (found.kind === 'unavailable') {
    replies.refuse('hello', null, {
      code: 'unavailable',
      message: 'The token cannot be checked now; try again',
      retryAfterMs: RETRY_AFTER_MS,
    })
    return { kind: 'unavailable' }
  }
  // The server's own word on the device counts; a client's is better than none.
  const viewer: Viewer = { ...found.viewer, device: found.viewer.device ?? hello.device ?? null }
  const entrance = await weighSpaces(presence, viewer, hello.spaces ?? null)
  try {
    const opening = presence.open({
      viewer,
      connectionId,
      spaces: entrance.spaces,
      instance: hello.instance,
      resume: hello.resume ?? null,
      invisible: hello.invisible === undefined ? null : { forMs: hello.invisible.forMs ?? null },
      listener,
    })
    // Nobody will ever know of a connection that opens after its client was told to try again.
    const opened = await deadlines.within(authenticateWithinMs, LATE, opening, abandon)
    if (opened === LATE)
      throw new PresenceError('unavailable', `no connection was opened within ${authenticateWithinMs} ms`)
    let { spaces } = entrance
    if (opened.resumed) spaces = await takeOver(host, opened, viewer, hello, entrance.spaces)
    const complain = () => {
      const { denied, left } = entrance
      const { spaces: limit } = presence.limits
      if (denied.length > 0) {
        replies.refuse('hello', null, {
          code: 'forbidden',
          message: 'These spaces may not be entered by you',
          details: { spaces: denied },
        })
      }
      if (left.length > 0) {
        const message = `A connection stands in at most ${limit} spaces; these were left out`
        replies.refuse('hello', null, { code: 'limit-exceeded', message, details: { spaces: left, limit } })
      }
    }
    return {
      kind: 'opened',
      opened,
      viewer,
      expiresInMs: found.expiresInMs,
      spaces: spaces.map(({ space }) => space),
      complain,
    }
  } catch (error) {
    return { kind: refuseOpening(host, replies, error) }
  }
}

function abandon({ connection }: Opened): void {
  connection.leave().catch(() => {
    // The store is away; the engine keeps the end for later.
  })
}

/** A connection that resumed stands where the old one stood: it moves to where its client wants to stand, and may. */
async function takeOver<C>(
  host: HostParts<C>,
  { connection, self }: Opened,
  viewer: Viewer,
  hello: Hello,
  wanted: Parameters<typeof moveTo>[2],
): Promise<Parameters<typeof moveTo>[2]> {
  const { presence } = host
  const standing = self.connections.find(({ connectionId }) => connectionId === connection.connectionId)?.spaces ?? []
  const target = hello.spaces === undefined ? (await weighSpaces(presence, viewer, standing)).spaces : wanted
  await moveTo(connection, standing, target).catch((error: unknown) => {
    presence.report(
      new PresenceError(
        'unavailable',
        'a resumed connection could not move to its spaces',
        { userId: viewer.userId },
        error,
      ),
    )
  })
  return target
}

/** Tells the client why it gets no connection. */
function refuseOpening<C>(host: HostParts<C>, replies: Replies, error: unknown): 'bye' | 'unavailable' {
  const { presence } = host
  const code = isPresenceError(error) ? error.code : null
  if (code === 'not-running') {
    replies.count('hello', 'not-running')
    replies.send({ type: 'bye', reason: 'draining', retryAfterMs: RETRY_AFTER_MS })
    return 'bye'
  }
  const refusal = refusalOf(error, presence)
  if (refusal.code === 'unavailable') {
    replies.refuse('hello', null, refusal)
    return 'unavailable'
  }
  replies.count('hello', refusal.code)
  const reason = code === 'limit-exceeded' ? 'limit' : code === 'ended' ? 'sign-out' : 'refused'
  replies.send({ type: 'bye', reason, message: refusal.message })
  return 'bye'
}
