import { createPresence, type PresenceStore } from '@rollcall/core'
import { createVirtualClock } from '@rollcall/core/testing'
import pg from 'pg'
import { afterAll, expect, it, vi } from 'vitest'
import { until } from './ear.ts'
import { createDatabase } from './schema.ts'

const database = createDatabase()
afterAll(() => database[Symbol.asyncDispose]())

const HOUR = 3_600_000

it('a quiet user costs no statement: in an hour a node renews its lease, sweeps, and does nothing else', async () => {
  const store = await database.createStore('quiet')
  const clock = createVirtualClock()
  let underWay = 0
  let unheard = 0
  // Real answers in virtual time: the clock stands still while a call is under way.
  const counted = Object.fromEntries(
    Object.entries(store).map(([name, value]) => [
      name,
      typeof value !== 'function' || name === 'subscribe'
        ? value
        : async (...args: unknown[]) => {
            underWay++
            if (name === 'renewNode') unheard++
            try {
              const answer = await (value as (...all: unknown[]) => Promise<unknown>)(...args)
              return name === 'now' ? clock.now() : answer
            } finally {
              underWay--
            }
          },
    ]),
  ) as unknown as PresenceStore
  const subscribe: PresenceStore['subscribe'] = (listener) =>
    store.subscribe({
      ...listener,
      onSignal(signal) {
        unheard--
        listener.onSignal(signal)
      },
    })
  const idle = async () => {
    await new Promise((resolve) => setImmediate(resolve))
    // A feed that seems silent would be opened anew.
    while (underWay > 0 || unheard > 0) await until(() => underWay === 0 && unheard === 0)
  }
  const advance = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 2_000) {
      await clock.advance(2_000)
      await idle()
      await idle()
    }
  }
  const policy = { idleAfter: false, dormantAfter: false } as const
  const presence = createPresence({ store: { ...counted, subscribe }, clock, policy })
  await presence.start()
  const listener = { onSelf() {}, onEnded() {}, probe: async () => true }
  const tabs = await Promise.all(
    Array.from({ length: 200 }, async (_, i) => {
      const viewer = presence.viewerOf({ userId: `user ${i}` }, `tab ${i}`)
      const describe = () => ({ viewer, spaces: [] })
      const opened = await presence.open({
        ...{ viewer, connectionId: `tab ${i}`, spaces: [], instance: null, resume: null, invisible: null },
        listener: { ...listener, describe },
      })
      return opened.connection
    }),
  )
  await advance(180_000)

  const spy = vi.spyOn(pg.Client.prototype, 'query')
  const statements = () => {
    const found: Record<string, number> = {}
    for (const [query] of spy.mock.calls as unknown as [{ text?: string } | string][]) {
      const text = typeof query === 'string' ? query : (query.text ?? '')
      const name = /presence_(\w+)|clock_timestamp/.exec(text)?.[0] ?? text
      found[name] = (found[name] ?? 0) + 1
    }
    return found
  }
  await advance(HOUR)
  const quiet = statements()
  // Renewed at least every 10 s, with jitter downwards; as often asked who is due, and which nodes are dead.
  const most = (HOUR / 10_000) * 1.2
  for (const [name, calls] of Object.entries(quiet)) {
    expect(['presence_renew', 'clock_timestamp', 'presence_record', 'presence_dead']).toContain(name)
    expect(calls, name).toBeLessThan(most)
  }
  expect(quiet.presence_save).toBeUndefined()
  expect(quiet.presence_renew).toBeGreaterThan(340)

  spy.mockClear()
  await tabs[0]?.leave()
  await idle()
  expect(statements().presence_save).toBe(1)
  spy.mockRestore()
  const stopped = presence.stop()
  await advance(2_000)
  await stopped
  await store.close()
}, 120_000)
