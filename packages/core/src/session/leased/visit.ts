import type { LeasedConnection, LeasedState, Viewer } from '../../engine/presence.ts'
import { parseClientMessage } from '../../protocol/client-guard.ts'
import type { ClientMessage, ServerMessage } from '../../protocol/messages.ts'
import type { HostParts } from '../host-parts.ts'
import { idOf, isSilent } from '../inbox.ts'
import { createLiveSignals, type LiveSignals } from '../live-signals.ts'
import { answerQuery } from '../queries.ts'
import { ack, count, fail, RETRY_AFTER_MS, refuse } from '../replies.ts'
import { endClaim, makeClaim, setMessage } from '../statements.ts'
import { Stays } from '../stays.ts'
import type { Patience } from './patience.ts'
import { audienceOf, byeOf, createVisitor, type Visitor } from './visitor.ts'

const LATE = Symbol('late')

export interface VisitOptions<C> {
  readonly host: HostParts<C>
  readonly patience: Patience
  readonly viewer: Viewer
  readonly connection: LeasedConnection
}

/**
 * What a page without a socket says in one request: that it lives, and whatever else. Acted on in order; resolves to the
 * answers, once each message that asked for one has it. Never rejects.
 */
export async function answerVisit<C>(
  { host, patience, viewer, connection }: VisitOptions<C>,
  raw: readonly unknown[],
): Promise<readonly ServerMessage[]> {
  const asked = new Map<number, () => void>()
  const answered: Promise<void>[] = []
  const visitor = createVisitor(host, viewer.userId, refuseToken, (message) => {
    if (message.type === 'ack' || message.type === 'error') asked.get(message.id ?? -1)?.()
  })
  const messages = take(visitor, patience, raw)
  try {
    const state = await live(host, connection, messages)
    if (state.ended !== null) return [...visitor.answers, byeOf(state.ended)]
    const act = createActs(visitor, viewer, connection, state)
    for (const message of messages) {
      const id = idOf(message)
      if (id !== null) answered.push(new Promise((resolve) => asked.set(id, resolve)))
      await act(message)
    }
  } catch (error) {
    // Whoever waits for an answer has this one, and may ask again.
    const unanswered = messages.filter((message) => idOf(message) !== null && !isAnswered(visitor, idOf(message)))
    for (const message of unanswered) fail(visitor, message.type, idOf(message), error)
    if (unanswered.length === 0) fail(visitor, 'visit', null, error)
    return visitor.answers
  }
  const done = await host.deadlines.within(host.options.authenticateWithinMs, LATE, Promise.all(answered))
  if (done === LATE) {
    const unavailable = { code: 'unavailable', message: 'The store did not answer in time; ask again' } as const
    for (const [id] of asked) {
      if (!isAnswered(visitor, id)) refuse(visitor, 'visit', id, { ...unavailable, retryAfterMs: RETRY_AFTER_MS })
    }
  }
  return visitor.answers
}

function isAnswered<C>({ answers }: Visitor<C>, id: number | null): boolean {
  return answers.some((answer) => 'id' in answer && answer.id === id)
}

function refuseToken(): never {
  throw new Error('a visit is authenticated before it is answered')
}

/** The messages that are any, and not too many. */
function take<C>(visitor: Visitor<C>, patience: Patience, raw: readonly unknown[]): readonly ClientMessage[] {
  const { presence } = visitor.host
  const userId = visitor.userId as string
  return raw.flatMap((each) => {
    const parsed = parseClientMessage(each, presence.limits)
    if (!parsed.ok) {
      const { code, message, details, kind, id } = parsed
      refuse(visitor, kind ?? 'unknown', id, { code, message, details })
      return []
    }
    const { message } = parsed
    const waitMs = patience.take(userId, message.type)
    if (waitMs === 0) return [message]
    if (isSilent(message)) {
      count(visitor, message.type, 'rate-limited')
      return []
    }
    const text = `Too many messages of type ${message.type}; send the next one in ${waitMs} ms`
    refuse(visitor, message.type, idOf(message), { code: 'rate-limited', message: text, retryAfterMs: waitMs })
    return []
  })
}

/** Whoever speaks lives, but for the last words of a page. */
function live<C>(
  { presence }: HostParts<C>,
  connection: LeasedConnection,
  messages: readonly ClientMessage[],
): Promise<LeasedState> {
  if (messages.some(({ type }) => type === 'hint' || type === 'leave')) return connection.look()
  const beat = messages.findLast((message) => message.type === 'beat')
  const isActive = messages.some(({ type }) => type === 'active')
  return connection.beat(beat?.nextInMs ?? presence.beatEveryMs, isActive)
}

/** What each message does. A promise: what follows waits for it. */
function createActs<C>(
  visitor: Visitor<C>,
  viewer: Viewer,
  connection: LeasedConnection,
  { self }: LeasedState,
): (message: ClientMessage) => unknown {
  const { presence } = visitor.host
  const { userId, sessionId } = viewer
  const mine = self.connections.find(({ connectionId }) => connectionId === connection.connectionId)
  const standing = mine?.spaces ?? []
  const names = standing.map(({ space }) => space)
  const stays = new Stays(visitor, connection, names, standing)
  let signals: LiveSignals | null = null

  const query = async ({ id, query: question }: Extract<ClientMessage, { type: 'query' }>) => {
    const audience = await audienceOf(visitor.host, viewer)
    ack(visitor, id, await answerQuery(presence, viewer, audience, question))
  }
  const leave = (scope: 'connection' | 'session' | 'user') => {
    if (scope === 'connection') return connection.leave()
    return presence.signOut(userId, scope === 'session' ? { sessionId } : {})
  }
  return (message) => {
    switch (message.type) {
      case 'enter':
        return stays.enter(message, viewer)
      case 'exit':
        signals?.stop(message.space)
        return stays.exit(message)
      case 'state':
        return stays.state(message)
      case 'claim':
        return makeClaim(visitor, connection, viewer, message)
      case 'clear':
        return endClaim(visitor, viewer, message)
      case 'message':
        return setMessage(visitor, viewer, message)
      case 'query':
        // Nothing that follows depends on an answer.
        query(message).catch((error: unknown) => fail(visitor, 'query', message.id, error))
        return
      case 'signal': {
        const { space } = message
        if (!stays.has(space)) {
          const text = `This connection does not stand in ${space}; enter it first`
          return refuse(visitor, 'signal', null, { code: 'forbidden', message: text, details: { space } })
        }
        signals ??= createLiveSignals(visitor, connection)
        return signals.signal(message)
      }
      case 'idle':
        return connection.idle()
      case 'hint':
        return connection.hint()
      case 'leave':
        return leave(message.scope)
      case 'beat':
      case 'active':
        // Was said first of all.
        return
      default: {
        // `hello` and `watch` have requests of their own; there are no pings, and each request brings its token.
        const text = `A message of type ${message.type} has no place in a request`
        return refuse(visitor, message.type, idOf(message), { code: 'bad-message', message: text })
      }
    }
  }
}
