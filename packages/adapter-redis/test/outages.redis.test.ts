import type { FeedTopic } from '@rollcall/core'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type OwnServer, startOwn } from '../../../scripts/services/own-server.ts'
import { type RedisClient, redisStore } from '../src/index.ts'
import { writeOf } from './writes.ts'

let server: OwnServer
const closing: (() => unknown)[] = []

beforeAll(async () => {
  server = await startOwn('redis', { durable: false })
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await server.start()
})
afterAll(() => server?.close())

const DRIVERS: Readonly<Record<string, (url: string) => RedisClient>> = {
  ioredis: (url) => new Redis(url, { lazyConnect: true }),
  'node-redis': (url) => createClient({ url }),
}

for (const [driver, make] of Object.entries(DRIVERS)) {
  describe(driver, () => {
    function open() {
      const store = redisStore(make(server.url), { timeout: 250 })
      closing.push(() => store.close())
      return store
    }

    it('works once the server is there, if it was away at the first call', async () => {
      await server.stop()
      const store = open()
      const calls = () => [store.load(['ada']), store.now()]
      for (const result of await Promise.allSettled(calls())) {
        expect(result).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
      }
      await server.start()
      await vi.waitFor(() => Promise.all(calls()), 10_000)
    })

    it('tells of a gap when it hears again after an outage that was longer than its patience', async () => {
      const store = open()
      const onGap = vi.fn()
      const heard: number[] = []
      const listener = {
        onChanges: (changes: readonly { readonly version: number }[]) => heard.push(...changes.map((of) => of.version)),
        onSignal() {},
        onGap,
      }
      const subscription = await store.subscribe(listener)
      const topic: FeedTopic = 'user:ada'
      await subscription.add([topic])
      process.kill(server.pid as number, 'SIGSTOP')
      closing.push(() => process.kill(server.pid as number, 'SIGCONT'))
      await expect(subscription.add(['space:b'])).rejects.toMatchObject({ code: 'unavailable' })
      // Nobody hears anything yet, and nobody can.
      await vi.waitFor(() => expect(onGap).toHaveBeenCalled(), 10_000)
      onGap.mockClear()
      process.kill(server.pid as number, 'SIGCONT')
      await vi.waitFor(() => expect(onGap).toHaveBeenCalledWith(null), 10_000)
      await vi.waitFor(async () => expect(await store.save([writeOf('ada', 1)])).toHaveLength(1), 10_000)
      await vi.waitFor(() => expect(heard).toEqual([1]), 10_000)
    })
  })
}
