import { createPresence, type PresenceStore, type Viewer } from '@rollcall/core'
import { createVirtualClock } from '@rollcall/core/testing'
import { Redis } from 'ioredis'
import { afterEach, expect, it, vi } from 'vitest'
import { redisStore } from '../src/index.ts'
import { SCRIPTS } from '../src/lua.generated.ts'
import { newPrefix, removeKeys, urlOf } from './bindings.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

function openStore(prefix: string): PresenceStore {
  const client = new Redis(urlOf('REDIS_URL'))
  closing.push(() => client.disconnect())
  const store = redisStore(client, { prefix })
  closing.push(() => store.close())
  return store
}

function testPrefix(): string {
  const prefix = newPrefix()
  closing.push(() => removeKeys(prefix, urlOf('REDIS_URL')))
  return prefix
}

const viewerOf = (userId: string): Viewer => ({
  userId,
  sessionId: `session of ${userId}`,
  spaces: ['room'],
  device: null,
  meta: null,
})

const LISTENER = {
  onSelf() {},
  onEnded() {},
  probe: async () => true,
  describe: () => ({ viewer: viewerOf('ada'), spaces: null }),
}

const requestOf = (userId: string) => ({
  viewer: viewerOf(userId),
  connectionId: `connection of ${userId}`,
  spaces: [{ space: 'room', state: null }],
  instance: null,
  resume: null,
  invisible: null,
  listener: LISTENER,
})

it('what one node saves another one reads', async () => {
  const prefix = testPrefix()
  const nodes = [openStore(prefix), openStore(prefix)].map((store) => createPresence({ store }))
  const [a, b] = nodes as [(typeof nodes)[number], (typeof nodes)[number]]
  for (const node of nodes) {
    await node.start()
    closing.push(() => node.stop())
  }
  const { connection } = await a.open(requestOf('ada'))
  expect((await b.get('ada')).status).toBe('online')
  expect(await b.count({ space: 'room' })).toBe(1)
  await connection.leave()
  await vi.waitFor(async () => expect((await b.get('ada')).status).toBe('offline'), 10_000)
  expect(await b.count({ space: 'room' })).toBe(0)
})

it('a quiet held user causes renewals and looks for what is due, and no write, in an hour', async () => {
  const prefix = testPrefix()
  const store = openStore(prefix)
  let inFlight = 0
  let idle = () => {}
  const counted = new Proxy(store, {
    get(target, name: keyof PresenceStore) {
      const method = target[name]
      if (typeof method !== 'function' || name === 'subscribe') return method
      return async (...args: never[]) => {
        inFlight++
        try {
          return await (method as (...of: never[]) => unknown)(...args)
        } finally {
          if (--inFlight === 0) idle()
        }
      }
    },
  })
  const clock = createVirtualClock(Date.now())
  const presence = createPresence({
    store: { ...counted, capabilities: store.capabilities, now: async () => clock.now() },
    clock,
  })
  /** Until nothing is asked of the store, and nothing follows from what it answered. */
  const settled = async () => {
    do {
      await new Promise((resolve) => setImmediate(resolve))
      if (inFlight > 0) await new Promise<void>((resolve) => (idle = resolve))
      await new Promise((resolve) => setImmediate(resolve))
    } while (inFlight > 0)
  }
  const starting = presence.start()
  await settled()
  await starting
  closing.push(() => presence.stop())
  await presence.open(requestOf('ada'))
  // The user turns idle and dormant within the first half hour, which is a change and saved.
  const advance = async (seconds: number) => {
    for (let second = 0; second < seconds; second++) {
      await clock.advance(1000)
      await settled()
    }
  }
  await advance(31 * 60)

  const calls = new Map<string, number>()
  const monitor = await new Redis(urlOf('REDIS_URL')).monitor()
  closing.push(() => monitor.disconnect())
  monitor.on('monitor', (_time: string, args: string[], source: string) => {
    if (source === 'lua' || !args.some((arg) => arg.startsWith(prefix))) return
    const script = Object.entries(SCRIPTS).find(([, { sha }]) => sha === args[1])
    const name = script?.[0] ?? String(args[0])
    calls.set(name, (calls.get(name) ?? 0) + 1)
  })
  await advance(60 * 60)
  await store.count({ as: 'admin' })
  await vi.waitFor(() => expect(calls.get('tally')).toBe(1))
  calls.delete('tally')

  // Each period is 10 s, some of them shortened by jitter; a reconciliation may renew too.
  const perHour = 3600 / 10
  expect([...calls.keys()].sort()).toEqual(['due', 'kill', 'named', 'renew'])
  for (const [name, times] of calls) {
    expect(times, name).toBeGreaterThan(perHour * 0.9)
    expect(times, name).toBeLessThan(perHour * 1.5)
  }
}, 120_000)
