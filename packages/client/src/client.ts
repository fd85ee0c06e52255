import type { ServerMessage } from '@rollcall/core/protocol'
import { createActivity } from './activity/activity.ts'
import { pageInput } from './activity/dom-input.ts'
import { systemClock } from './clock.ts'
import { createConnection } from './connection/connection.ts'
import { LOST, type RequestError } from './connection/requests.ts'
import { keep, tabStorage, takeKept } from './connection/resume-token.ts'
import type { ConnectionState } from './connection/state.ts'
import { type Duration, toMs } from './duration.ts'
import { createHub } from './hub.ts'
import { pageLifecycle } from './lifecycle/lifecycle.ts'
import { startPulse } from './lifecycle/pulse.ts'
import type { WishFor } from './own/my-presence.ts'
import { createOwn } from './own/own.ts'
import type { PresenceClient, PresenceClientOptions } from './presence-client.ts'
import { createLists } from './roster/lists.ts'
import { createMirror } from './roster/mirror.ts'
import { createRoster, userKey } from './roster/roster.ts'
import { createWatchList } from './roster/watch-list.ts'
import { createMemberships } from './spaces/memberships.ts'
import { createSignals, signalKey } from './spaces/signals.ts'

const stateKey = (space: string, userId: string) => `s${JSON.stringify([space, userId])}`

const defer = () => {
  let resolve = (_: ConnectionState) => {}
  const promise = new Promise<ConnectionState>((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}

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
  const instance = globalThis.crypto?.randomUUID?.() ?? `${Math.random()}${Math.random()}`
  let isDisposed = false
  let ready: ReturnType<typeof defer> | undefined
  let stopServices: (() => void) | undefined

  const hub = createHub()
  const refuse = (error: RequestError) => hub.emit('error', error)
  const connection = createConnection({
    transport,
    token,
    clock,
    random,
    connectTimeoutMs: toMs(options.connectTimeout ?? '10s'),
    verifyTimeoutMs: toMs(options.verifyTimeout ?? '3s'),
    showAfterMs: toMs(options.showAfter ?? '1.5s'),
    hello() {
      const forMs = own.invisibleForMs()
      return {
        instance,
        ...memberships.wanted(),
        ...(device === undefined ? {} : { device }),
        ...(forMs === undefined ? {} : { invisible: forMs === null ? {} : { forMs } }),
      }
    },
    onWelcome(welcome) {
      own.begin(welcome)
      watchList.begin(welcome.limits)
      memberships.begin()
      activity.begin(welcome.userId)
    },
    onMessage(message) {
      hear(message)
      hub.commit()
    },
    onDown() {
      watchList.lose()
      memberships.lose()
      own.lose()
      roster.markAllStale()
    },
    onState() {
      const { state } = connection
      const { status } = state
      const isOver = status === 'closed' || status === 'failed'
      if (isOver) {
        stopServices?.()
        stopServices = undefined
        own.abandon()
      } else stopServices ??= startServices()
      hub.touch('state')
      hub.post('connection', state)
      hub.commit()
      if (!isOver && status !== 'connected') return
      ready?.resolve(state)
      ready = undefined
    },
  })
  const own = createOwn({ hub, clock, connection })
  const watchList = createWatchList({ clock, connection, onRefused: refuse, onDropped: (watch) => mirror.drop(watch) })
  const roster = createRoster(hub, (userId) => lists.update(userId))
  const lists = createLists(hub, roster, watchList)
  const signals = createSignals(hub, clock)
  const mirror = createMirror({
    roster,
    watchList,
    onMember(space, userId, isThere) {
      lists.update(userId, true)
      hub.touch(stateKey(space, userId))
      if (!isThere) signals.end(space, userId)
    },
    onCounts(topic) {
      hub.touch(`c${topic}`)
      lists.recount(topic)
    },
  })
  const memberships = createMemberships({
    clock,
    connection,
    initial: options.spaces?.map((space) => (typeof space === 'string' ? { space } : space)),
    onRefused: refuse,
  })
  const { idleAfter = '5m', ...source } = input || { idleAfter: false as const }
  const activity = createActivity({
    hub,
    clock,
    source: input ? pageInput(source) : null,
    idleAfterMs: idleAfter === false ? Number.POSITIVE_INFINITY : toMs(idleAfter),
    send: connection.send,
  })

  const hear = (message: ServerMessage) => {
    if (message.type === 'self') own.update(message.self)
    else if (message.type === 'signal') {
      if (message.userId !== own.me.userId) signals.receive(message)
    } else if (message.type === 'error') {
      const topics = (message.details as { readonly topics?: unknown } | undefined)?.topics
      if (Array.isArray(topics)) mirror.end(topics)
      refuse(message)
    } else mirror.apply(message)
  }
  const startServices = () => {
    activity.start()
    const stopPulse = startPulse(
      clock,
      () => lifecycle?.visible ?? true,
      (slept) => {
        activity.check()
        connection.pulse(slept)
      },
    )
    const stopObserving = lifecycle?.observe({
      onLeave() {
        if (connection.resume) keep(storage, { resume: connection.resume, invisibleForMs: own.invisibleForMs() })
        connection.suspend('page-hidden')
      },
      onFreeze: () => connection.suspend('page-frozen'),
      onWake() {
        if (connection.state.status === 'suspended') takeKept(storage)
        activity.check()
        connection.wake()
      },
    })
    return () => {
      activity.stop()
      stopPulse()
      stopObserving?.()
    }
  }
  const wish = (what: WishFor, duration?: Duration) => {
    const at = clock.now()
    const until = duration === undefined ? null : at + toMs(duration)
    return isDisposed ? Promise.resolve({ ok: false, error: LOST } as const) : own.wish({ ...what, at, until })
  }

  for (const user of initialUsers) roster.put(user)
  roster.markAllStale()
  hub.commit()

  const client: PresenceClient = {
    connection: hub.readable('state', () => connection.state),
    me: hub.readable('me', () => own.me),
    activity: hub.readable('activity', () => activity.state),
    get badMessages() {
      return connection.badMessages
    },
    initialUsers,
    now: () => clock.now() + own.offset,
    connect() {
      const { state } = connection
      if (isDisposed || state.status === 'connected') return Promise.resolve(state)
      ready ??= defer()
      const { promise } = ready
      const kept = takeKept(storage)
      if (kept) {
        connection.resume ??= kept.resume
        own.recall(kept.invisibleForMs)
      }
      connection.connect()
      return promise
    },
    reconnect() {
      if (connection.state.status === 'connected') connection.check()
      else if (stopServices) connection.wake()
      else void client.connect()
    },
    disconnect: () => connection.close('disconnect'),
    logout: () => connection.close('logout'),
    dispose() {
      isDisposed = true
      connection.close('dispose')
      watchList.dispose()
      signals.dispose()
    },
    user: (userId) =>
      hub.readable(
        userKey(userId),
        () => roster.get(userId),
        () => watchList.hold(`user:${userId}`),
      ),
    ids: lists.ids,
    users: lists.users,
    count: lists.count,
    members: lists.members,
    counts(space) {
      const topic = `count:${space}` as const
      return hub.readable(
        `c${topic}`,
        () => watchList.get(topic)?.counts ?? null,
        () => watchList.hold(topic),
      )
    },
    state(space, userId) {
      const topic = `space:${space}` as const
      return hub.readable(
        stateKey(space, userId),
        () => watchList.get(topic)?.users.get(userId),
        () => watchList.hold(topic),
      )
    },
    setStatus: (status, { for: duration, source = 'manual', bound = false } = {}) =>
      wish({ kind: 'claim', status, source, bound }, duration),
    setMessage: (message, { for: duration } = {}) =>
      wish({ kind: 'message', message: typeof message === 'string' ? { text: message } : message }, duration),
    clear: (source = 'manual') => wish({ kind: 'clear', source }),
    enter: memberships.enter,
    signal: (space, name, data, { for: duration } = {}) =>
      connection.send({
        type: 'signal',
        space,
        name,
        ...(data === undefined ? {} : { data }),
        ...(duration === undefined ? {} : { forMs: toMs(duration) }),
      }),
    signals: (space, name) =>
      hub.readable(
        signalKey(space, name),
        () => signals.get(space, name),
        () => watchList.hold(`space:${space}`),
      ) as never,
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
