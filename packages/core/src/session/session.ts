import type { ConnectionListener, EndReason } from '../engine/presence.ts'
import type { SelfView } from '../machine/index.ts'
import { parseClientMessage } from '../protocol/client-guard.ts'
import type { ByeReason, ClientMessage } from '../protocol/messages.ts'
import { type Attached, attach, audienceOf } from './attached.ts'
import type { Deadline } from './deadlines.ts'
import { answerHello, type Hello, type HelloOutcome } from './hello.ts'
import { EVERYONE, type HostParts } from './host-parts.ts'
import { createLane } from './lane.ts'
import { createPings } from './pings.ts'
import { createBuckets } from './rate-limits.ts'
import { createReplies, RETRY_AFTER_MS } from './replies.ts'
import type { SessionTransport } from './transport.ts'
import { sendWelcome } from './welcome.ts'

/** One client's transport, from its first message to its end. No call throws. */
export interface Session {
  /** One message as it came; nothing is assumed of its shape. */
  receive(raw: unknown): void
  /** The transport is gone: the connection is lost, with a grace. The session does nothing from then on. */
  lost(): void
  /** The node or the adapter goes: `bye draining`, then as {@link lost}. */
  drain(): void
}

/** Messages that may wait while an earlier one is decided. */
const MAX_WAITING = 200
/** How long a client that sent far too much is not listened to. */
const OVERLOADED_MS = 30_000
/** How long the page of a connection has to answer when another one presents its resume token. */
const PROBE_MS = 2000
/** These are sent without waiting for an answer: too many of them are dropped without a word. */
const SILENT: readonly ClientMessage['type'][] = ['active', 'idle', 'beat', 'pong', 'unwatch', 'hint', 'leave']

export function createSession<C>(host: HostParts<C>, transport: SessionTransport<C>, onGone: () => void): Session {
  const { presence, deadlines, options } = host
  const { clock } = presence
  let current: Attached | null = null
  let gone = false
  let mutedUntil = Number.NEGATIVE_INFINITY
  let helloDeadline: Deadline | null = null
  /** The page of the current connection is saying hello again: it is not two pages. */
  let greeting = false
  /** How the current connection ended while its page said hello again. */
  let endedMeanwhile: EndReason | null = null
  /** Rises when everything under way is to be dropped. */
  let round = 0

  const replies = createReplies(presence, transport, () => current?.held.userId ?? null)
  const buckets = createBuckets(options.rateLimits, clock)
  const lane = createLane(MAX_WAITING, (error) => replies.fail('session', null, error))
  const pings = createPings(deadlines, options.ping, replies.send, () => {
    replies.count('ping', 'unanswered')
    release('lost')
    transport.close('silent')
  })

  const awaitHello = () => {
    if (options.helloWithinMs === null || gone) return
    helloDeadline?.cancel()
    helloDeadline = deadlines.set(options.helloWithinMs, () => {
      replies.count('hello', 'no-hello')
      transport.close('no-hello')
    })
  }

  /** Lets go of the current connection, which is lost, or already ended. */
  const release = (how: 'lost' | 'ended') => {
    const old = current
    current = null
    pings.stop()
    old?.detach()
    if (how === 'lost') old?.held.lost()
  }

  const bye = (reason: ByeReason, retryAfterMs?: number, message?: string) => {
    const retry = retryAfterMs === undefined ? {} : { retryAfterMs }
    replies.send({ type: 'bye', reason, ...retry, ...(message === undefined ? {} : { message }) })
    transport.close('bye')
  }

  const ended = (reason: EndReason) => {
    release('ended')
    // The page has a new connection elsewhere; there is nobody here to tell.
    if (reason === 'replaced') transport.close('replaced')
    else if (reason === 'lapsed') bye('cut-off', 0)
    else if (reason === 'draining' || reason === 'cut-off') bye(reason, RETRY_AFTER_MS)
    else bye(reason)
  }

  const greet = async (message: Hello): Promise<void> => {
    helloDeadline?.cancel()
    const greeted = round
    const isOver = () => gone || round !== greeted
    greeting = true
    let mine: Attached | null = null
    let latest: (() => SelfView) | null = null
    const end: { reason: EndReason | null } = { reason: null }
    const listener: ConnectionListener = {
      onSelf(read) {
        if (mine === null) latest = read
        else if (current === mine) replies.send({ type: 'self', self: read() })
      },
      onEnded(reason) {
        end.reason = reason
        if (mine === null || current !== mine) return
        if (greeting) endedMeanwhile = reason
        else ended(reason)
      },
      probe: async () => !gone && !greeting && current === mine && pings.probe(PROBE_MS),
    }
    const outcome = await answerHello(host, transport, replies, message, listener)
    greeting = false
    const meanwhile = endedMeanwhile
    endedMeanwhile = null
    if (outcome.kind !== 'opened') {
      if (!isOver()) turnAway(outcome.kind, meanwhile)
      return
    }
    const { opened, viewer, spaces, expiresInMs } = outcome
    const held = opened.connection
    if (isOver()) return held.lost()
    const old = current
    release('ended')
    // Unless it was resumed, the connection that this page had before is one too many.
    old?.held.leave().catch((error: unknown) => replies.fail('hello', null, error))
    const audience = await audienceOf(host, viewer)
    const attached = attach({
      ...{ host, transport, replies, held, viewer, audience, spaces, expiresInMs },
      onLeft(saved) {
        release('ended')
        saved.catch((error: unknown) => replies.fail('leave', null, error)).then(() => bye('sign-out'))
      },
      onUnauthenticated() {
        release('lost')
        transport.close('unauthenticated')
      },
      onExpired() {
        release('lost')
        bye('cut-off', 0, 'The token ran out and no fresh one came; say hello with a new one')
      },
    })
    const selfNow = () => (isOver() || end.reason !== null ? null : (latest?.() ?? opened.self))
    await sendWelcome(host, replies, opened, attached.leaveToken, viewer, spaces, selfNow)
    if (isOver()) {
      attached.detach()
      return held.lost()
    }
    mine = attached
    current = attached
    if (end.reason !== null) return ended(end.reason)
    transport.join(EVERYONE)
    pings.start()
    outcome.complain()
  }

  const turnAway = (kind: Exclude<HelloOutcome['kind'], 'opened'>, meanwhile: EndReason | null) => {
    if (kind !== 'unavailable') {
      release('lost')
      transport.close(kind === 'bye' ? 'bye' : 'unauthenticated')
    } else if (current === null) awaitHello()
    else if (meanwhile !== null) ended(meanwhile)
  }

  const act = (message: Exclude<ClientMessage, { type: 'pong' }>): void | Promise<void> => {
    if (gone) return
    if (message.type === 'hello') return greet(message)
    if (current !== null) return current.handle(message)
    if (SILENT.includes(message.type)) return
    replies.refuse(message.type, idOf(message), {
      code: 'no-connection',
      message: 'There is no connection yet; say hello first',
    })
  }

  const overload = () => {
    lane.clear()
    round++
    mutedUntil = clock.monotonic() + OVERLOADED_MS
    release('lost')
    bye('overloaded', OVERLOADED_MS)
  }
  /** Whether this client was refused so much that it is not answered any more. */
  const losesPatience = (): boolean => {
    if (buckets.take('patience') === 0) return false
    overload()
    return true
  }
  const refuseTooMany = (message: ClientMessage, retryAfterMs: number) => {
    if (SILENT.includes(message.type) || losesPatience()) return replies.count(message.type, 'rate-limited')
    const text = `Too many messages of type ${message.type}; send the next one in ${retryAfterMs} ms`
    replies.refuse(message.type, idOf(message), { code: 'rate-limited', message: text, retryAfterMs })
  }

  const session: Session = {
    receive(raw) {
      if (gone) return
      if (clock.monotonic() < mutedUntil) return replies.count('unknown', 'rate-limited')
      const parsed = parseClientMessage(raw, presence.limits)
      if (!parsed.ok) {
        const { code, message, details, id } = parsed
        const kind = parsed.kind ?? 'unknown'
        if (losesPatience() || buckets.take('bad') > 0) return replies.count(kind, code)
        return replies.refuse(kind, id, { code, message, details })
      }
      const { message } = parsed
      const waitMs = buckets.take(message.type)
      if (waitMs > 0) return refuseTooMany(message, waitMs)
      if (message.type === 'pong') return pings.answer(message.n)
      if (!lane.run(() => act(message))) refuseTooMany(message, RETRY_AFTER_MS)
    },
    lost() {
      if (gone) return
      gone = true
      lane.clear()
      helloDeadline?.cancel()
      release('lost')
      onGone()
    },
    drain() {
      if (gone) return
      if (current !== null) bye('draining', RETRY_AFTER_MS)
      session.lost()
    },
  }
  awaitHello()
  return session
}

function idOf(message: ClientMessage): number | null {
  return 'id' in message ? message.id : null
}
