import type { Presence, Viewer } from '../../engine/presence.ts'
import { randomId as platformRandomId } from '../../engine/random-id.ts'
import { PresenceError } from '../../errors.ts'
import { parseClientMessage } from '../../protocol/client-guard.ts'
import type { ClientMessage, ServerMessage } from '../../protocol/messages.ts'
import { runAuthenticate } from '../authenticate.ts'
import { createCountReader } from '../count-reader.ts'
import { createDeadlines } from '../deadlines.ts'
import { createFirsts } from '../firsts.ts'
import { admit, complain, inTime, requestOf, takeOver, turnDown } from '../hello.ts'
import type { HostParts } from '../host-parts.ts'
import { createLeaveTokens } from '../leave-tokens.ts'
import { type ClientOptions, resolveSessionOptions } from '../options.ts'
import type { RateLimits } from '../rate-limits.ts'
import { RETRY_AFTER_MS, refuse } from '../replies.ts'
import { countPresent, welcomeOf } from '../welcome.ts'
import { readLeaveToken, writeLeaveToken } from './leave-token.ts'
import { createListening, type Ear, type Listening, type WatchedTopic } from './listening.ts'
import { createPatience } from './patience.ts'
import { createRooms } from './rooms.ts'
import { answerVisit } from './visit.ts'
import { createVisitor, type Visitor } from './visitor.ts'

export interface LeasedHostOptions<C> extends ClientOptions<C> {
  /** Unguessable unique strings. @default 80 random bits of the platform's generator */
  readonly randomId?: () => string
}

/** Somebody hears. */
export interface Heard {
  /** The request is over; its page may come back with another one. */
  detach(): void
}

/**
 * The server half of the protocol for pages without a socket: each request stands for itself, and any node may answer it.
 * What one request is answered are messages of the server, `error` and `bye` among them. Nothing here rejects.
 *
 * @typeParam C What `authenticate` is given, the token of the request among it.
 */
export interface LeasedHost<C> {
  /** `hello`: answers `welcome`, and what is wrong with the spaces that were asked for. */
  connect(credentials: C, hello: unknown): Promise<readonly ServerMessage[]>
  /** The page lives, and says whatever else it has to say. Answers once each message that asks for an answer has it. */
  visit(credentials: C, connectionId: string, messages: readonly unknown[]): Promise<readonly ServerMessage[]>
  /**
   * The page hears of its own user and of the topics it watches, from the sequences it knows, until the request is over.
   * One ear at a time per connection: the one before ends.
   *
   * @param connectionId `null`: nobody's page, only topics.
   */
  listen(
    credentials: C,
    connectionId: string | null,
    topics: readonly unknown[],
    ear: Ear,
    /** {@link selfDigest} of the own state that the page was told last. @default null: of none */
    self?: number | null,
  ): Promise<Heard | readonly ServerMessage[]>
  /** A page that goes away says so without its login. `false`: no such token, or one that was used. */
  hint(leaveToken: string): Promise<boolean>
  /** Everybody who listens is told to come back. */
  close(): void
}

type ErrorMessage = Extract<ServerMessage, { type: 'error' }>

/** What a user may send who has many pages: limits are of one connection, and requests are measured by user. */
function ofManyPages(limits: RateLimits, pages: number): RateLimits {
  const scaled = Object.entries(limits).map(([kind, { burst, perSecond }]) => [
    kind,
    { burst: burst * pages, perSecond: perSecond * Math.sqrt(pages) },
  ])
  return Object.fromEntries(scaled)
}

/** Throws `invalid-option` for settings that cannot work. */
export function createLeasedHost<C>(presence: Presence, options: LeasedHostOptions<C>): LeasedHost<C> {
  const resolved = resolveSessionOptions({ ...options, helloWithin: false, ping: false })
  const deadlines = createDeadlines(presence.clock)
  const firsts = createFirsts(deadlines)
  const rooms = createRooms()
  const patience = createPatience(ofManyPages(resolved.rateLimits, presence.policy.maxConnections), presence.clock)
  const listenings = new Map<string, Listening>()
  const strangers = new Set<Listening>()
  const guarded = firsts.guard(rooms)
  const everybody = (message: ServerMessage) => {
    for (const listening of [...listenings.values(), ...strangers]) listening.hear(message)
  }
  const host: HostParts<C> = {
    presence,
    options: resolved,
    deadlines,
    firsts,
    group: presence.watchers({
      broadcast: (room, message) => (room === '*' ? everybody(message) : guarded.broadcast(room, message)),
    }),
    counts: createCountReader(presence),
    leaveTokens: createLeaveTokens(false, platformRandomId),
    randomId: options.randomId ?? platformRandomId,
    sessions: new Set(),
  }
  const visitorOf = (credentials: C, userId: string | null = null) => createVisitor(host, userId, () => credentials)

  /** Who asks; or, once they have been answered, nobody. */
  const admitted = async (
    visitor: Visitor<C>,
    kind: string,
    connectionId: string,
  ): Promise<{ readonly viewer: Viewer; readonly expiresInMs: number | null } | null> => {
    const found = await runAuthenticate(host, () => visitor.transport.credentials(null), connectionId)
    if (found.kind === 'accepted') return found
    const refusal =
      found.kind === 'refused'
        ? ({ code: 'authentication-error', message: 'The token was refused; get a new one' } as const)
        : ({ code: 'unavailable', message: 'The token cannot be checked now', retryAfterMs: RETRY_AFTER_MS } as const)
    refuse(visitor, kind, null, refusal)
    return null
  }
  const tooOften = (visitor: Visitor<C>, kind: 'hello' | 'watch', userId: string): boolean => {
    const waitMs = patience.take(userId, kind)
    if (waitMs === 0) return false
    const message = `Too many requests of this kind; send the next one in ${waitMs} ms`
    refuse(visitor, kind, null, { code: 'rate-limited', message, retryAfterMs: waitMs })
    return true
  }
  const understood = <T extends ClientMessage['type']>(
    visitor: Visitor<C>,
    type: T,
    raw: object,
  ): Extract<ClientMessage, { type: T }> | null => {
    const parsed = parseClientMessage({ ...raw, type }, presence.limits)
    if (parsed.ok) return parsed.message as Extract<ClientMessage, { type: T }>
    const { code, message, details } = parsed
    refuse(visitor, type, null, { code, message, details })
    return null
  }

  return {
    async connect(credentials, raw) {
      const visitor = visitorOf(credentials)
      const hello = understood(visitor, 'hello', Object(raw))
      if (hello === null) return visitor.answers
      const connectionId = host.randomId()
      const found = await admit(visitor, hello, connectionId)
      if (typeof found === 'string') return visitor.answers
      const { viewer, entrance } = found
      if (tooOften(visitor, 'hello', viewer.userId)) return visitor.answers
      try {
        const request = { ...requestOf(hello, found, connectionId), nextInMs: presence.beatEveryMs }
        const opened = await inTime(host, presence.lease(request))
        const { self, resumed, resumeToken, leaveToken: secret } = opened
        const standing = resumed ? await takeOver(visitor, opened, viewer, hello, entrance) : entrance
        const counts = await countPresent(
          host,
          standing.spaces.map(({ space }) => space),
        )
        const leaveToken = writeLeaveToken({ secret, connectionId, userId: viewer.userId })
        const { beatEveryMs } = presence
        visitor.answers.unshift(
          welcomeOf(host, { connectionId, viewer, self, counts, resumed, resumeToken, leaveToken, beatEveryMs }),
        )
        complain(visitor, standing)
      } catch (error) {
        turnDown(visitor, error)
      }
      return visitor.answers
    },
    async visit(credentials, connectionId, messages) {
      const visitor = visitorOf(credentials)
      const found = await admitted(visitor, 'visit', connectionId)
      if (found === null) return visitor.answers
      const { viewer } = found
      return answerVisit({ host, patience, viewer, connection: presence.leased(viewer.userId, connectionId) }, messages)
    },
    async listen(credentials, connectionId, raw, ear, self = null) {
      const visitor = visitorOf(credentials)
      const found = await admitted(visitor, 'watch', connectionId ?? host.randomId())
      if (found === null) return visitor.answers
      const { viewer, expiresInMs } = found
      const { userId } = viewer
      if (tooOften(visitor, 'watch', userId)) return visitor.answers
      const { watched: limit } = presence.limits
      if (raw.length > limit) {
        const message = `${raw.length} topics are to be watched; watch at most ${limit}`
        refuse(visitor, 'watch', null, { code: 'limit-exceeded', message, details: { limit } })
        return visitor.answers
      }
      const topics: WatchedTopic[] = []
      // Each by itself: together they may be longer than a message may be.
      for (const each of raw) {
        const watch = understood(visitor, 'watch', { id: 0, topics: [each] })
        const name = (each as { readonly topic?: unknown } | null)?.topic
        if (watch !== null) topics.push(...watch.topics)
        else if (typeof name !== 'string') return visitor.answers
        else ear.hear({ ...(visitor.answers.pop() as ErrorMessage), details: { topics: [name] } })
      }
      const listening = connectionId === null ? stranger(userId) : listeningOf(userId, connectionId)
      // What goes wrong with a topic is said to the ear.
      void listening.attach(ear, viewer, { topics, self, expiresInMs }).catch((error: unknown) => {
        presence.report(new PresenceError('listener-error', 'a page could not be listened for', { userId }, error))
        listening.close()
      })
      return { detach: () => (connectionId === null ? listening.close() : listening.detach(ear)) }
    },
    async hint(leaveToken) {
      const claim = readLeaveToken(leaveToken)
      try {
        if (claim !== null && (await presence.leased(claim.userId, claim.connectionId).hint(claim.secret))) return true
      } catch {
        // The store is away; the connection ends with its lease.
      }
      presence.refuse({ code: 'authentication-error', kind: 'hint', userId: null })
      return false
    },
    close() {
      everybody({ type: 'bye', reason: 'draining', retryAfterMs: RETRY_AFTER_MS })
      for (const listening of [...listenings.values(), ...strangers]) listening.close()
      host.group.close()
      deadlines.close()
    },
  }

  function listeningOf(userId: string, connectionId: string): Listening {
    // Of a connection that another user names there is nothing to hear, and nothing to disturb.
    const key = JSON.stringify([userId, connectionId])
    const known = listenings.get(key)
    if (known !== undefined) return known
    const connection = presence.leased(userId, connectionId)
    const listening = createListening({ host, rooms, userId, connection, onClosed: () => listenings.delete(key) })
    listenings.set(key, listening)
    return listening
  }

  function stranger(userId: string): Listening {
    const listening: Listening = createListening({
      host,
      rooms,
      userId,
      connection: null,
      onClosed: () => strangers.delete(listening),
    })
    strangers.add(listening)
    return listening
  }
}
