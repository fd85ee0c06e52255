import type { ServerMessage } from '@rollcall/core/protocol'
import { createActivity } from './activity/activity.ts'
import { pageInput } from './activity/dom-input.ts'
import { createBatch } from './batch.ts'
import { systemClock } from './clock.ts'
import { createConnection } from './connection/connection.ts'
import { tabStorage } from './connection/kept.ts'
import { LOST, type RequestError } from './connection/requests.ts'
import type { ConnectionState } from './connection/state.ts'
import { type Duration, toMs } from './duration.ts'
import { createHub } from './hub.ts'
import { keepWatch } from './lifecycle/keep-watch.ts'
import { pageLifecycle } from './lifecycle/lifecycle.ts'
import type { WishFor } from './own/my-presence.ts'
import { createOwn } from './own/own.ts'
import type { PresenceClient, PresenceClientOptions } from './presence-client.ts'
import { createLists } from './roster/lists.ts'
import { createMirror } from './roster/mirror.ts'
import { createRoster, userKey } from './roster/roster.ts'
import { createTopics, SYNCED } from './roster/topics.ts'
import { createMemberships } from './spaces/memberships.ts'
import { createSignals, signalKey } from './spaces/signals.ts'

const stateKey = (space: string, userId: string) => `s${JSON.stringify([space, userId])}`

/** Makes a client. Nothing happens before `connect()`; safe to call where there is no page. */
export function createPresenceClient(options: PresenceClientOptions): PresenceClient {
  const {
    transport,
    token = null,
    device,
    activity: input = {},
    lifecycle = pageLifecycle(),
    storage = tabStorage(),
    initialUsers = [],
    clock = systemClock,
    random = Math.random,
  } = options
  const { idleAfter = '5m', ...inputOptions } = input || { idleAfter: false as const }
  const instance = options.randomId?.() ?? globalThis.crypto?.randomUUID?.() ?? `${random()}${random()}`
  let isDisposed = false
  let ready: Promise<ConnectionState> | undefined
  let stopServices: (() => void) | undefined

  const hub = createHub()
  const { readable } = hub
  const onRefused = (error: RequestError) => hub.emit('error', error)
  const connection = createConnection({
    transport,
    token,
    clock,
    storage,
    random,
    waits: [
      toMs(options.connectTimeout ?? '10s'),
      toMs(options.verifyTimeout ?? '3s'),
      toMs(options.showAfter ?? '1.5s'),
    ],
    hello: () => ({ instance, ...memberships.wanted(), ...(device && { device }), ...own.invisible() }),
    onWelcome(welcome) {
      own.begin(welcome)
      memberships.begin(welcome)
      mirror.begin()
      topics.begin(welcome.limits)
      activity.begin(welcome.userId)
      schedule()
    },
    onMessage(message) {
      hear(message)
      if (message.type === 'diff') schedule()
      else lists.touch()
      hub.commit()
    },
    onDown() {
      topics.begin(null)
      memberships.end()
      roster.touch()
      lists.touch()
      own.lose()
    },
    onState(state) {
      if (state.status === 'closed' || state.status === 'failed') {
        stopServices?.()
        stopServices = undefined
        cancel()
        own.abandon()
      } else stopServices ??= keepWatch(clock, lifecycle, connection, activity)
      hub.touch('state')
      hub.commit()
      hub.emit('connection', state)
    },
  })
  const isConnected = () => connection.state().status === 'connected'
  const { schedule, cancel } = createBatch(clock, () => {
    lists.touch()
    hub.commit()
    if (!isConnected()) return false
    memberships.flush()
    return topics.flush()
  })
  const own = createOwn(hub, clock, connection)
  const topics = createTopics(connection, clock, schedule, onRefused, (watch) => mirror.drop(watch))
  const roster = createRoster(
    hub,
    (userId) => mirror.isTrusted(userId) && (topics.isCovered(userId) || topics.get(`user:${userId}`)?.step === SYNCED),
  )
  const lists = createLists(hub, roster, topics)
  const signals = createSignals(hub, clock)
  const mirror = createMirror(
    roster,
    topics,
    (space, userId, isThere) => {
      hub.touch(stateKey(space, userId))
      if (!isThere) signals.end(space, userId)
    },
    (topic) => hub.touch(`c${topic}`),
  )
  const wanted = options.spaces?.map((space) => (typeof space === 'string' ? { space } : space))
  const memberships = createMemberships(connection, clock, wanted, schedule, onRefused)
  const activity = createActivity(
    hub,
    clock,
    input ? pageInput(inputOptions) : null,
    idleAfter === false ? Infinity : toMs(idleAfter),
    connection.send,
  )

  const hear = (message: ServerMessage) => {
    if (message.type === 'self') {
      own.update(message.self)
      const { connectionId } = own.get()
      if (message.self.connections.some((mine) => mine.connectionId === connectionId && mine.phase !== 'active')) {
        activity.expire()
      }
    } else if (message.type === 'signal') {
      if (message.userId !== own.get().userId) signals.receive(message)
    } else if (message.type === 'error') {
      // What may not be watched any more.
      for (const topic of [(message.details as { topics?: string[] } | undefined)?.topics ?? []].flat()) {
        mirror.drop(topics.get(topic))
      }
      onRefused(message)
    } else mirror.apply(message)
  }
  const wish = async (what: WishFor, duration?: Duration) => {
    const at = clock.now()
    const until = duration === undefined ? null : at + toMs(duration)
    return isDisposed ? ({ ok: false, error: LOST } as const) : own.wish({ ...what, at, until })
  }
  const holding = (topic: Parameters<typeof topics.hold>[0]) => () => topics.hold(topic)

  initialUsers.forEach(roster.put)
  hub.commit()

  const client: PresenceClient = {
    connection: readable('state', connection.state),
    me: readable('me', own.get),
    activity: readable('activity', activity.get),
    get badMessages() {
      return connection.badMessages()
    },
    initialUsers,
    now: own.now,
    connect() {
      if (isDisposed || isConnected()) return Promise.resolve(connection.state())
      connection.connect()
      ready ??= new Promise((resolve) => {
        const stop = client.on('connection', (now) => {
          if (!['connected', 'closed', 'failed'].includes(now.status)) return
          stop()
          ready = undefined
          resolve(now)
        })
      })
      return ready
    },
    reconnect() {
      if (isConnected()) connection.check()
      else if (stopServices) connection.wake()
      else void client.connect()
    },
    disconnect: () => connection.close('disconnect'),
    logout: () => connection.close('logout'),
    dispose() {
      isDisposed = true
      connection.close('dispose')
      topics.dispose()
      signals.dispose()
      cancel()
    },
    user: (userId) => readable(userKey(userId), () => roster.get(userId), holding(`user:${userId}`)),
    ids: lists.ids,
    users: lists.users,
    count: lists.count,
    members: lists.members as PresenceClient['members'],
    counts(space) {
      const topic = `count:${space}` as const
      return readable(`c${topic}`, () => topics.get(topic)?.counts ?? null, holding(topic))
    },
    state(space, userId) {
      const topic = `space:${space}` as const
      return readable(stateKey(space, userId), () => topics.get(topic)?.users.get(userId) as never, holding(topic))
    },
    setStatus: (status, { for: duration, source = 'manual', bound } = {}) =>
      wish({ type: 'claim', status, source, bound }, duration),
    setMessage: (message, { for: duration } = {}) =>
      wish({ type: 'message', message: typeof message === 'string' ? { text: message } : message }, duration),
    clear: (source = 'manual') => wish({ type: 'clear', source }),
    enter: memberships.enter as PresenceClient['enter'],
    signal: (space, name, data, { for: duration } = {}) =>
      connection.send({
        type: 'signal',
        space,
        name,
        ...(data !== undefined && { data }),
        ...(duration !== undefined && { forMs: toMs(duration) }),
      }),
    signals: (space, name) => {
      const key = signalKey(space, name)
      return readable(key, () => signals.get(key) as never, holding(`space:${space}`))
    },
    query: (query) =>
      new Promise((resolve, reject) => {
        connection.ask({ type: 'query', query }, (error, result) => {
          if (error) reject(Object.assign(new Error(error.message), error))
          else resolve(result as never)
        })
      }),
    active: activity.input,
    idle: activity.idle,
    keepActive: activity.keepActive,
    idleInMs: activity.idleInMs,
    on: (event, listener) => hub.on(event, listener),
  }
  return client
}
