import type { LeasedConnection, Viewer } from '../../engine/presence.ts'
import type { ClientMessage, SelfView, ServerMessage } from '../../protocol/messages.ts'
import { hashRev } from '../../store/rev-hash.ts'
import type { Deadline } from '../deadlines.ts'
import type { HostParts } from '../host-parts.ts'
import { send } from '../replies.ts'
import { EXPIRING_MS } from '../token-life.ts'
import { Watches } from '../watches.ts'
import type { Rooms } from './rooms.ts'
import { audienceOf, byeOf } from './visitor.ts'

/** Where a page hears: an event stream, or a request that waits. Nothing here may throw or wait. */
export interface Ear {
  hear(message: ServerMessage): void
  /** Nothing more will come: its page listens elsewhere, was told `bye`, or its token ran out. */
  end(): void
}

export type WatchedTopic = Extract<ClientMessage, { type: 'watch' }>['topics'][number]

/** What a page that listens knows, and wants to hear. */
export interface Wanted {
  readonly topics: readonly WatchedTopic[]
  /** {@link selfDigest} of the own state that it was told last; `null`: of none. */
  readonly self: number | null
  readonly expiresInMs: number | null
}

/** By it a page says which state of its own user it knows. */
export function selfDigest(self: SelfView): number {
  return hashRev(JSON.stringify(self))
}

/** What one page watches. It lingers between two requests of its page, so that rosters need not be read for each. */
export interface Listening {
  /** Listens from now on, in place of whoever did. What was missed since is said first. */
  attach(ear: Ear, viewer: Viewer, wanted: Wanted): Promise<void>
  /** Nobody listens for a while, unless another ear does by now. */
  detach(ear: Ear): void
  /** Something was sent to a room that it joined. */
  hear(message: ServerMessage): void
  /** Something may have changed of its own user. */
  look(): void
  close(): void
}

export interface ListeningOptions {
  readonly host: HostParts<never>
  readonly rooms: Rooms
  readonly userId: string
  /** `null`: of nobody's page; it hears nothing of itself. */
  readonly connection: LeasedConnection | null
  onClosed(): void
}

/** How long a page may take from one request to the next. */
const LINGER_MS = 30_000
/** When the store is asked again that did not answer. */
const RETRY_MS = 5000
/** Signals that are kept for the next request; what else was missed is asked for by its sequence. */
const MAX_KEPT = 100

export function createListening(options: ListeningOptions): Listening {
  const { host, rooms, userId, connection } = options
  let ear: Ear | null = null
  let kept: ServerMessage[] = []
  let topicsNow = new Set<string>()
  /** Topics that this ear was not told the beginning of: what is broadcast of them meanwhile is in it. */
  let unbegun = new Set<string>()
  let viewerNow: string | null = null
  let selfNow: number | null = null
  let linger: Deadline | null = null
  let expiry: Deadline | null = null
  let isClosed = false
  let isLooking = false
  let looksAgain = false
  let ownRoom: string | null = null
  const own = `user:${userId}` as const

  const client = {
    host,
    userId,
    transport: {
      send(message: ServerMessage) {
        // The topics came with the request: there is no message to answer.
        if (message.type === 'ack') return
        if (message.type !== 'error') return listening.hear(message)
        const { id, ...error } = message
        listening.hear(error)
      },
      join: (room: string) => rooms.join(room, listening),
      leave: (room: string) => rooms.leave(room, listening),
    },
  }
  const watches = new Watches(client)

  const drop = () => {
    const old = ear
    ear = null
    expiry?.cancel()
    expiry = null
    old?.end()
  }
  const lingerOn = () => {
    linger?.cancel()
    linger = host.deadlines.set(LINGER_MS, listening.close)
  }
  const follow = () => {
    if (connection === null || ownRoom !== null || isClosed) return
    ownRoom = ''
    host.group
      .watch(own, 'admin', null, (room) => {
        if (isClosed) return
        ownRoom = room
        rooms.follow(room, listening)
      })
      .then(
        () => (isClosed || ownRoom === '' ? host.group.unwatch(own, 'admin') : listening.look()),
        () => {
          ownRoom = null
          // The store is away, which is said by other means.
          host.deadlines.set(RETRY_MS, follow)
        },
      )
  }
  const lookOnce = async () => {
    if (connection === null) return
    const { ended, self } = await connection.look()
    if (isClosed) return
    if (ended !== null) {
      send(client, byeOf(ended))
      return listening.close()
    }
    const digest = selfDigest(self)
    if (digest === selfNow) return
    selfNow = digest
    send(client, { type: 'self', self })
  }
  const expire = (inMs: number) => {
    const ahead = Math.min(EXPIRING_MS, inMs / 2)
    expiry = host.deadlines.set(inMs - ahead, () => {
      send(client, { type: 'expiring', inMs: ahead })
      expiry = host.deadlines.set(ahead, () => {
        drop()
        lingerOn()
      })
    })
  }

  const listening: Listening = {
    async attach(next, viewer, { topics, self, expiresInMs }) {
      drop()
      linger?.cancel()
      ear = next
      unbegun = new Set(topics.map(({ topic }) => topic))
      // Whatever was said to an earlier ear may not have arrived.
      selfNow = self
      if (expiresInMs !== null) expire(expiresInMs)
      const { freshness } = host.presence
      // Also that all is well: another node may have said otherwise.
      send(client, { type: 'freshness', ...freshness })
      const audience = await audienceOf(host, viewer)
      // Meanwhile somebody else came, or nobody is there any more.
      if (ear !== next) return
      const standing = JSON.stringify([viewer, audience])
      if (viewerNow !== null && viewerNow !== standing) await watches.recheck(viewer, audience)
      viewerNow = standing
      const wanted = new Set<string>(topics.map(({ topic }) => topic))
      watches.unwatch([...topicsNow].filter((topic) => !wanted.has(topic)) as WatchedTopic['topic'][])
      topicsNow = wanted
      // Counts come whole each time.
      const asked = topics.map(({ topic, since }) =>
        since && !topic.startsWith('count:') ? { topic, since } : { topic },
      )
      if (topics.length > 0) await watches.watch({ type: 'watch', id: 0, topics: asked }, viewer, audience)
      const missed = kept
      kept = []
      for (const message of missed) listening.hear(message)
      if (ownRoom === null) follow()
      else listening.look()
    },
    detach(old) {
      if (ear !== old) return
      ear = null
      expiry?.cancel()
      lingerOn()
    },
    hear(message) {
      if (message.type === 'snapshot' || message.type === 'replay') {
        for (const { topic } of message.topics) unbegun.delete(topic)
      } else if ((message.type === 'diff' || message.type === 'counts') && unbegun.has(message.topic)) return
      if (ear !== null) ear.hear(message)
      else if (message.type === 'signal' && kept.length < MAX_KEPT) kept.push(message)
    },
    look() {
      looksAgain = isLooking
      if (isLooking || isClosed) return
      isLooking = true
      lookOnce()
        .catch(() => {
          host.deadlines.set(RETRY_MS, listening.look)
        })
        .then(() => {
          isLooking = false
          if (looksAgain) listening.look()
        })
    },
    close() {
      if (isClosed) return
      isClosed = true
      linger?.cancel()
      watches.close()
      if (ownRoom !== null && ownRoom !== '') {
        rooms.unfollow(ownRoom, listening)
        host.group.unwatch(own, 'admin')
      }
      drop()
      options.onClosed()
    },
  }
  return listening
}
