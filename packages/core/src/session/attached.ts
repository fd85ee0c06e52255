import type { HeldConnection, Viewer } from '../engine/presence.ts'
import type { ClientMessage } from '../protocol/messages.ts'
import { EVERYONE, type HostParts } from './host-parts.ts'
import { createLiveSignals } from './live-signals.ts'
import { permits } from './permissions.ts'
import { answerQuery } from './queries.ts'
import type { Replies } from './replies.ts'
import { createStatements } from './statements.ts'
import { createStays } from './stays.ts'
import { createTokenLife } from './token-life.ts'
import type { SessionTransport } from './transport.ts'
import { createWatches } from './watches.ts'

/** A transport with its open connection. */
export interface Attached {
  readonly held: HeldConnection
  /** Lets a page that goes away say so without its login: works once. */
  readonly leaveToken: string
  /** Acts on a message. A promise: what follows must wait for it. */
  handle(message: Exclude<ClientMessage, { type: 'hello' | 'pong' }>): void | Promise<void>
  /** The transport is done with this connection, which may live on. */
  detach(): void
}

export interface AttachedOptions<C> {
  readonly host: HostParts<C>
  readonly transport: SessionTransport<C>
  readonly replies: Replies
  readonly held: HeldConnection
  readonly viewer: Viewer
  readonly audience: 'others' | 'admin'
  readonly expiresInMs: number | null
  /** Where the connection stands. */
  readonly spaces: readonly string[]
  /** The client left on purpose; `saved` tells when. */
  onLeft(saved: Promise<void>): void
  /** The token turned out to be no good: the connection is over, and its client has been told. */
  onUnauthenticated(): void
  /** The token ran out, and no fresh one came. */
  onExpired(): void
}

/** Inputs of one connection count once in this time; so do words that it is idle. */
const HEARTBEAT_MS = 10_000

/** Whether the viewer sees what admins see; a hook that throws says no. */
export async function audienceOf<C>(host: HostParts<C>, viewer: Viewer): Promise<'others' | 'admin'> {
  return (await permits(host.presence, 'isAdmin', (access) => access.isAdmin(viewer))) ? 'admin' : 'others'
}

export function attach<C>(options: AttachedOptions<C>): Attached {
  const { host, transport, replies, held } = options
  const { presence } = host
  const { clock } = presence
  let { viewer, audience } = options
  let said: 'active' | 'idle' = 'active'
  const saidAt = { active: Number.NEGATIVE_INFINITY, idle: Number.NEGATIVE_INFINITY }
  let detached = false
  const watches = createWatches({ presence, group: host.group, transport, replies, firsts: host.firsts })
  const stays = createStays(presence, held, replies, options.spaces)
  const signals = createLiveSignals(presence, held, replies, clock)
  const statements = createStatements(presence, held, replies)
  const token = createTokenLife(options)
  const leaveToken = host.randomId() + host.randomId()

  /** Input, or none: each counts once in a while, but a return from idle counts at once. */
  const say = (what: 'active' | 'idle') => {
    const now = clock.monotonic()
    const returns = what === 'active' && said === 'idle'
    if (!returns && now - saidAt[what] < HEARTBEAT_MS) return
    said = what
    saidAt[what] = now
    if (what === 'active') held.activity()
    else held.idle()
  }

  const refresh = async (fresh: string): Promise<void> => {
    const refreshed = await token.refresh(fresh, viewer)
    if (refreshed === null) return
    viewer = refreshed
    audience = await audienceOf(host, viewer)
    const spaces = await stays.recheck(viewer)
    for (const space of spaces) signals.stop(space)
    const topics = await watches.recheck(viewer, audience)
    if (detached || spaces.length + topics.length === 0) return
    const message = 'These spaces and topics are no longer open to you'
    replies.refuse('token', null, { code: 'forbidden', message, details: { spaces, topics } })
  }

  const answer = async ({ id, query }: Extract<ClientMessage, { type: 'query' }>): Promise<void> => {
    try {
      replies.ack(id, await answerQuery(presence, host.counts, viewer, audience, query))
    } catch (error) {
      replies.fail('query', id, error)
    }
  }

  const signal = (message: Extract<ClientMessage, { type: 'signal' }>) => {
    const { space } = message
    if (stays.has(space)) return signals.signal(message)
    const text = `This connection does not stand in ${space}; enter it first`
    replies.refuse('signal', null, { code: 'forbidden', message: text, details: { space } })
  }

  const leave = (scope: 'connection' | 'session' | 'user') => {
    signals.stop()
    if (scope === 'connection') return options.onLeft(held.leave())
    // The engine then ends this connection like all the others.
    presence
      .signOut(viewer.userId, scope === 'session' ? { sessionId: viewer.sessionId } : {})
      .catch((error: unknown) => replies.fail('leave', null, error))
  }

  const attached: Attached = {
    held,
    leaveToken,
    handle(message) {
      switch (message.type) {
        case 'active':
        case 'idle':
          return say(message.type)
        case 'beat':
          // A held connection lives as long as its transport: a beat proves nothing that is not known.
          return
        case 'token':
          return refresh(message.token)
        case 'enter':
          return stays.enter(message, viewer)
        case 'exit':
          signals.stop(message.space)
          return stays.exit(message)
        case 'state':
          return stays.state(message)
        case 'watch':
          return watches.watch(message, viewer, audience)
        case 'unwatch':
          return watches.unwatch(message.topics)
        case 'claim':
          return statements.claim(message, viewer)
        case 'clear':
          return statements.clear(message, viewer)
        case 'message':
          return statements.message(message)
        case 'signal':
          return signal(message)
        case 'query':
          // Nothing that follows depends on an answer.
          void answer(message)
          return
        case 'hint':
          signals.stop()
          return held.hint()
        case 'leave':
          return leave(message.scope)
      }
    },
    detach() {
      if (detached) return
      detached = true
      host.leaveTokens.delete(leaveToken)
      token.stop()
      watches.clear()
      signals.stop()
      transport.leave(EVERYONE)
    },
  }
  host.leaveTokens.set(leaveToken, () => void attached.handle({ type: 'hint' }))
  token.arm(options.expiresInMs)
  return attached
}
