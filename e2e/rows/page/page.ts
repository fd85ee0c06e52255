/** The page of the rows: nothing but a client, and notes of what becomes of it. */

import { http } from '@rollcall/adapter-http/client'
import { socketio } from '@rollcall/adapter-socketio/client'
import { websocket } from '@rollcall/adapter-ws/client'
import { createPresenceClient, type PresenceClient, type PresenceClientOptions } from '@rollcall/client'
import { detectIdle } from '@rollcall/client/idle'
import { sharedTabs } from '@rollcall/client/tabs'
import { io } from 'socket.io-client'
import { instruments } from './instruments.ts'
import type { PageOptions, Rows } from './rows.ts'

const options: PageOptions = JSON.parse(new URLSearchParams(location.search).get('options') ?? '{}')

const transports = {
  http: () => http({ url: '/http' }),
  websocket: () => websocket({ url: '/presence' }),
  socketio: () => socketio({ url: location.origin, io, transports: ['websocket'] }),
}

function note(client: PresenceClient): void {
  client.activity.subscribe(() => rows.activity.push({ idle: client.activity.get().idle, at: Date.now() }))
  client.on('connection', ({ status, reason }) => rows.states.push({ status, reason, at: Date.now() }))
  for (const userId of options.watch ?? []) {
    const user = client.user(userId)
    const see = () => {
      const { status, stale } = user.get()
      rows.seen.push({ userId, status, stale, at: Date.now() })
    }
    user.subscribe(see)
    see()
  }
}

const rows: Rows = {
  instruments,
  states: [],
  seen: [],
  activity: [],
  lifecycle: [],
  violations: [],
  detected: [],
  client: undefined,
  make(more) {
    const { user = null, transport = 'websocket', share, lifecycle, client } = { ...options, ...more }
    const own = transports[transport]()
    const given: PresenceClientOptions = {
      transport: share && user ? sharedTabs(own, { userId: user }) : own,
      token: user,
      ...client,
      ...(lifecycle === false && { lifecycle: null }),
    }
    return createPresenceClient(given)
  },
  detectIdle(threshold) {
    const { client } = rows
    if (!client) throw new Error('There is no client.')
    const detection = detectIdle(client, { threshold })
    detection.subscribe(() => rows.detected.push({ now: detection.get(), at: Date.now() }))
    return detection
  },
  start(more) {
    const client = rows.make(more)
    rows.client = client
    note(client)
    void client.connect()
    return client
  },
}
window.rows = rows

for (const type of ['pagehide', 'pageshow', 'visibilitychange', 'freeze', 'resume']) {
  const target = type.startsWith('page') ? window : document
  target.addEventListener(type, (event) => {
    const { persisted = false } = event as PageTransitionEvent
    rows.lifecycle.push({ type, persisted, visible: document.visibilityState === 'visible', at: Date.now() })
  })
}
document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
  rows.violations.push(`${violatedDirective} ${blockedURI}`),
)
if (options.keepalive === false) {
  const { fetch } = window
  window.fetch = (input, init) =>
    init?.keepalive ? Promise.reject(new TypeError('there is no room for it')) : fetch.call(window, input, init)
}
for (const type of options.mute ?? []) window.addEventListener(type, (event) => event.stopImmediatePropagation(), true)
// What the page itself listens to is none of the client's.
instruments.listeners.clear()

if (options.start !== false && options.user) rows.start()
if (options.tellLeaving) {
  window.addEventListener('pagehide', () => {
    const url = `/leaving?user=${options.user}&at=${Date.now()}`
    void fetch(url, { method: 'POST', keepalive: true })
  })
}
