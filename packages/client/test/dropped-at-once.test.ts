import { createPresenceClient } from '@rollcall/client'
import type { ClientTransport, TransportListener } from '@rollcall/core/protocol'
import { createVirtualClock } from '@rollcall/core/testing'
import { expect, it } from 'vitest'
import { selfView } from './fake-server.ts'

const CLIENTS = 1000
const BUCKET_MS = 100

/** A server that everybody is on, and that can be away. */
function createServer() {
  const clock = createVirtualClock()
  const listeners = new Set<TransportListener>()
  const server = {
    clock,
    isAway: false,
    /** When somebody came back; ms. */
    hellos: [] as number[],
    dropAll() {
      for (const listener of [...listeners]) listener.onClose('dropped')
    },
    transport: (): ClientTransport => ({
      name: 'memory',
      owned: true,
      open(listener) {
        clock.setTimer(() => {
          if (server.isAway) return listener.onClose('refused')
          listeners.add(listener)
          listener.onOpen()
        }, 1)
        return {
          send(message) {
            if (message.type === 'hello') {
              server.hellos.push(clock.now())
              queueMicrotask(() => listener.onMessage(WELCOME))
            }
            return true
          },
          close: () => void listeners.delete(listener),
        }
      },
    }),
  }
  return server
}

const WELCOME = {
  type: 'welcome',
  version: 1,
  connectionId: 'c1',
  userId: 'me',
  sessionId: 's1',
  serverTime: 0,
  self: selfView(),
  spaces: [],
  limits: { messageBytes: 16_384, stateBytes: 2_048, spaces: 100, watched: 1_000, textLength: 140 },
  counts: [],
  resume: null,
  leave: null,
  resumed: false,
  pingEveryMs: 0,
}

/** Uniform in [0, 1), the same in each run. */
function numbers(): () => number {
  let state = 7
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

it.each([30, 120])(
  'BR-59: 1,000 clients dropped at once come back apart from a server that is away for %i s',
  async (awayS) => {
    const server = createServer()
    const { clock } = server
    const random = numbers()
    const clients = Array.from({ length: CLIENTS }, () =>
      createPresenceClient({
        transport: server.transport(),
        clock,
        random,
        activity: false,
        lifecycle: null,
        storage: null,
      }),
    )
    for (const client of clients) void client.connect()
    await clock.advance(20_000)
    server.hellos.length = 0
    server.isAway = true
    server.dropAll()
    await clock.advance(awayS * 1_000)
    const backAt = clock.now()
    server.isAway = false
    await clock.advance(35_000)
    expect(clients.every((client) => client.connection.get().status === 'connected')).toBe(true)
    expect(server.hellos).toHaveLength(CLIENTS)

    const buckets: number[] = []
    // The last tenth is a long thin tail, which would make the mean look small.
    for (const at of server.hellos.slice(0, 0.9 * CLIENTS)) {
      const bucket = Math.floor((at - backAt) / BUCKET_MS)
      buckets[bucket] = (buckets[bucket] ?? 0) + 1
    }
    const later = Array.from(buckets, (n = 0) => n).slice(1_000 / BUCKET_MS)
    const mean = later.reduce((sum, n) => sum + n, 0) / later.length
    expect(Math.max(...later)).toBeLessThanOrEqual(3 * mean)
    for (const client of clients) client.dispose()
  },
  60_000,
)
