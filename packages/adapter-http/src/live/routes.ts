import { createLeasedHost, type Ear, type Identity, type Presence } from '@rollcall/core'
import type { ServerMessage } from '@rollcall/core/protocol'
import * as z from 'zod'
import { readJson, readText } from '../body.ts'
import { json, Problem, tooMany } from '../problem.ts'
import { identityOf } from '../routes/identity.ts'
import { type Call, type RouteGroup, type RouteParts, route } from '../routes/route.ts'
import { readCursor } from './cursor.ts'
import { createEventStream } from './event-stream.ts'
import { createOpenStreams } from './open-streams.ts'
import { createPoll } from './poll.ts'
import { demandDone, demandVisited } from './refusal.ts'
import { createRefusedHints, looksLikeLeaveToken } from './refused-hints.ts'
import { demandWatchable, MAX_TOPICS } from './watchable.ts'

/** Messages of one visit. */
const MAX_MESSAGES = 200
/** Longest time that a request may wait for news: proxies give up on longer ones. */
const MAX_WAIT_MS = 25_000
/** When a stream may have ended that has to before another one begins. */
const STREAM_RETRY_MS = 15_000
/** A leave token is shorter. */
const LEAVE_BYTES = 2048

/** Messages of the protocol go through as they are, whatever names the other routes use. */
const message = z.looseObject({ type: z.string() }).describe('A message of the protocol')
const answers = z.object({ messages: z.array(message) })
const visit = z.object({
  connectionId: z.string().min(1),
  messages: z.array(z.unknown()).max(MAX_MESSAGES).default([]),
})
const listen = z.object({
  connectionId: z.string().min(1),
  topics: z
    .array(
      z.looseObject({
        topic: z.string(),
        since: z.unknown().optional(),
        asked: z.boolean().optional().describe('Answer also that nothing was missed since'),
      }),
    )
    .default([]),
  self: z.number().nullable().default(null).describe('As the last answer said'),
  waitMs: z.number().min(0).max(MAX_WAIT_MS).default(MAX_WAIT_MS),
  stale: z.boolean().default(false),
  warming: z.boolean().default(false),
})

interface Credentials {
  readonly identity: Identity
  readonly expiresInMs: number | null
}

/**
 * What the client over HTTP talks to: it says hello, beats, sends messages, and hears by an event stream or by requests
 * that wait. Each request stands for itself, at any node.
 */
export function liveRoutes({ presence }: RouteParts, randomId?: () => string): RouteGroup {
  const host = createLeasedHost<Credentials>(presence, {
    ...(randomId && { randomId }),
    authenticate: ({ identity, expiresInMs }) => (expiresInMs === null ? identity : { ...identity, expiresInMs }),
  })
  const openStreams = createOpenStreams(presence.policy.maxConnections)
  const refusedHints = createRefusedHints(presence.clock)
  return {
    close: host.close,
    routes: [
      route({
        name: 'connect',
        method: 'POST',
        path: '/live/connect',
        who: 'signed-in',
        summary: 'A page says hello: opens a connection that lives from beat to beat. The body is the message `hello`.',
        reads: message,
        response: answers,
        limited: false,
        async handle(call) {
          const hello = await bodyOf(call, z.looseObject({}), visitBytes(presence))
          const said = await host.connect(credentialsOf(call), { ...hello, token: null })
          demandDone(said)
          return sent(said)
        },
      }),
      route({
        name: 'visit',
        method: 'POST',
        path: '/live/messages',
        who: 'signed-in',
        summary: 'A page lives, and says whatever else it has to say: `{ connectionId, messages }`.',
        reads: visit,
        response: answers,
        limited: false,
        async handle(call) {
          const { connectionId, messages } = await bodyOf(call, visit, visitBytes(presence))
          const said = await host.visit(credentialsOf(call), connectionId, messages)
          demandVisited(said)
          return sent(said)
        },
      }),
      route({
        name: 'listen',
        method: 'POST',
        path: '/live/listen',
        who: 'signed-in',
        summary:
          'A page hears of its own user and of the topics it watches: as an event stream, or once, as soon as there is something new.',
        reads: listen,
        response: answers.extend({ self: z.number().nullable() }),
        streams: 'text/event-stream',
        limited: false,
        async handle(call) {
          const wanted = await bodyOf(call, listen, listenBytes(presence))
          const { connectionId, topics, self } = wanted
          const credentials = credentialsOf(call)
          if (!wantsStream(call)) {
            const poll = createPoll(presence, { ...wanted, topics: topics as never }, wanted.waitMs)
            call.request.signal.addEventListener('abort', poll.end)
            const heard = await host.listen(credentials, connectionId, topics, poll.ear, self)
            if (!('detach' in heard)) {
              poll.end()
              demandDone(heard)
              return json({ messages: heard, self })
            }
            const answer = await poll.answer
            heard.detach()
            return json(answer)
          }
          return stream(
            call,
            () => null,
            (ear) => host.listen(credentials, connectionId, topics, ear, self),
          )
        },
      }),
      route({
        name: 'events',
        method: 'GET',
        path: '/events',
        who: 'signed-in',
        summary: `An event stream of up to ${MAX_TOPICS} topics (\`?watch=space:a&watch=user:b\`; else all granted spaces), for \`EventSource\`. \`Last-Event-ID\` goes on where it broke off.`,
        response: null,
        streams: 'text/event-stream',
        async handle(call) {
          const { request, viewer } = call
          const asked = new URL(request.url).searchParams.getAll('watch')
          const cursor = readCursor(request.headers.get('last-event-id'))
          const topics = await demandWatchable(presence, viewer, asked, cursor)
          const idOf = (said: ServerMessage) => (cursor.move(said) ? cursor.write() : null)
          const giveBack = openStreams.take(viewer.userId)
          if (giveBack === null) throw tooMany(STREAM_RETRY_MS, { limit: presence.policy.maxConnections })
          return stream(call, idOf, (ear) => host.listen(credentialsOf(call), null, topics, ear), giveBack)
        },
      }),
      route({
        name: 'hint',
        method: 'POST',
        path: '/live/hint',
        who: 'leave-token',
        summary: 'A page goes away, and says so by its leave token: the body, as plain text.',
        reads: 'text',
        response: null,
        async handle({ request }) {
          const token = await readText(request, LEAVE_BYTES)
          const isOne = looksLikeLeaveToken(token)
          if (isOne) refusedHints.demandFew()
          if (!(await host.hint(token))) {
            if (isOne) refusedHints.count()
            throw new Problem('forbidden', 'This leave token is none, was used, or is over', {}, { counted: true })
          }
          return new Response(null, { status: 204 })
        },
      }),
    ],
  }

  /** An event stream whose reader hears what `begin` lets it hear. */
  async function stream(
    { request }: Call,
    idOf: (said: ServerMessage) => string | null,
    begin: (ear: Ear) => ReturnType<typeof host.listen>,
    onOver: () => void = () => {},
  ): Promise<Response> {
    let detach: (() => void) | null = null
    let isGone = false
    const onGone = () => {
      isGone = true
      onOver()
      detach?.()
    }
    const { ear: reader, response } = createEventStream(presence, idOf, onGone)
    const ear: Ear = {
      hear: reader.hear,
      end() {
        onOver()
        reader.end()
      },
    }
    request.signal.addEventListener('abort', () => {
      ear.end()
      onGone()
    })
    const heard = await begin(ear)
    if ('detach' in heard) {
      detach = heard.detach
      if (isGone) detach()
      return response
    }
    for (const said of heard) ear.hear(said)
    ear.end()
    demandDone(heard)
    return response
  }

  async function bodyOf<T>({ request }: Pick<Call, 'request'>, schema: z.ZodType<T>, limit: number): Promise<T> {
    const parsed = schema.safeParse(await readJson(request, limit))
    if (parsed.success) return parsed.data
    const [issue] = parsed.error.issues
    const field = issue?.path.join('.') ?? ''
    throw new Problem('bad-message', `${field || 'The body'}: ${issue?.message}`, { in: 'body', field })
  }
}

/** A visit carries several messages. */
function visitBytes({ limits }: Presence): number {
  return 4 * limits.messageBytes
}

/** As many topics as may be watched: each a name and a sequence, which in JSON may be three times as long. */
function listenBytes({ limits }: Presence): number {
  return limits.messageBytes + limits.watched * (3 * limits.idBytes + 120)
}

function credentialsOf({ viewer, expiresInMs }: Call): Credentials {
  return { identity: identityOf(viewer), expiresInMs }
}

function wantsStream({ request }: Call): boolean {
  return (request.headers.get('accept') ?? '').includes('text/event-stream')
}

function sent(messages: readonly ServerMessage[]): Response {
  return json({ messages })
}
