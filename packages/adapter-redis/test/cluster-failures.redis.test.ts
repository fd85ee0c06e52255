import type { FeedChange, PresenceStore } from '@rollcall/core'
import { Cluster, Redis } from 'ioredis'
import { createCluster, RESP_TYPES } from 'redis'
import { createCluster as createCluster5 } from 'redis5'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { type OwnServer, startOwnCluster } from '../../../scripts/services/own-server.ts'
import { type RedisClient, redisStore } from '../src/index.ts'
import { newPrefix } from './bindings.ts'
import { writeOf } from './writes.ts'

let servers: Awaited<ReturnType<typeof startOwnCluster>>
const closing: (() => unknown)[] = []

beforeAll(async () => {
  servers = await startOwnCluster()
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})
afterAll(() => servers?.[Symbol.asyncDispose]())

interface Login {
  readonly username?: string
  readonly password?: string
}

const CLUSTERS: Readonly<Record<string, (urls: readonly string[], login?: Login) => RedisClient>> = {
  ioredis: (urls, login = {}) => new Cluster([...urls], { lazyConnect: true, redisOptions: login }),
  'node-redis': (urls, login = {}) => createCluster({ rootNodes: urls.map((url) => ({ url })), defaults: login }),
  'node-redis 5': (urls, login = {}) => createCluster5({ rootNodes: urls.map((url) => ({ url })), defaults: login }),
}

/** Some of them lie on each of the masters. */
const USERS = Array.from({ length: 12 }, (_, i) => `user ${i}`)

/** Ends the connections that listen, at each of these servers. */
async function cutFeeds(urls: readonly string[]): Promise<void> {
  for (const url of urls) {
    const admin = new Redis(url)
    const killed = await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    expect(killed).toBeGreaterThan(0)
    admin.disconnect()
  }
}

/** A master that the users of a partition lie on, and not the leases. */
async function serverWithoutLeases(): Promise<OwnServer> {
  for (const server of servers.nodes) {
    const admin = new Redis(server.url)
    const isElsewhere = await admin.get('{rc:0}').then(
      () => false,
      () => true,
    )
    admin.disconnect()
    if (isElsewhere) return server
  }
  throw new Error('one master has everything')
}

for (const [driver, make] of Object.entries(CLUSTERS)) {
  describe(driver, () => {
    const urls = () => servers.url.split(',')

    function open(timeout = 2_000): PresenceStore {
      const store = redisStore(make(urls()), { prefix: newPrefix(), timeout })
      closing.push(() => store.close())
      return store
    }
    async function listen(store: PresenceStore) {
      const heard: FeedChange[] = []
      const onGap = vi.fn()
      const listener = { onChanges: (changes: readonly FeedChange[]) => heard.push(...changes), onSignal() {}, onGap }
      const subscription = await store.subscribe(listener)
      await subscription.add(USERS.map((userId) => `user:${userId}` as const))
      const versions = () => new Map(heard.map(({ userId, version }) => [userId, version]))
      return { subscription, heard, onGap, versions }
    }
    const saveAll = async (store: PresenceStore, version: number) => {
      const results = await store.save(USERS.map((userId) => writeOf(userId, version)))
      expect(results.every(({ ok }) => ok)).toBe(true)
    }
    const everyone = (version: number) => new Map(USERS.map((userId) => [userId, version]))

    it('tells of a gap behind everything that was missed while connections were cut', async () => {
      const store = open()
      const { heard, onGap, versions } = await listen(store)
      await saveAll(store, 1)
      await vi.waitFor(() => expect(versions()).toEqual(everyone(1)), 5_000)
      let gapAt = 0
      onGap.mockImplementation(() => (gapAt = performance.now()))
      await cutFeeds(urls())
      /** What was missed was published no sooner than this. */
      const saveBeganAt = new Map<number, number>()
      let version = 1
      await vi.waitFor(
        async () => {
          saveBeganAt.set(++version, performance.now())
          await saveAll(store, version)
          await vi.waitFor(() => expect(versions()).toEqual(everyone(version)), { timeout: 200, interval: 5 })
          expect(onGap).toHaveBeenCalledWith(null)
        },
        { timeout: 15_000, interval: 10 },
      )
      const missed = [...saveBeganAt.keys()].filter(
        (each) => heard.filter((change) => change.version === each).length < USERS.length,
      )
      await vi.waitFor(() => expect(gapAt).toBeGreaterThan(saveBeganAt.get(missed.at(-1) ?? 0) ?? 0), 5_000)
    })

    it('a master that says nothing keeps nobody from the others', async () => {
      const store = open(400)
      await vi.waitFor(() => saveAll(store, 1), 5_000)
      const { subscription, versions } = await listen(store)
      const pid = (await serverWithoutLeases()).pid as number
      const now = await store.now()
      const terms = { afterMs: 60_000, forMs: 60_000 }
      await store.renewNode('n', now + 1_000, now, terms)
      process.kill(pid, 'SIGSTOP')
      closing.push(() => process.kill(pid, 'SIGCONT'))
      const load = async () => {
        const results = await Promise.allSettled(USERS.map((userId) => store.load([userId])))
        return USERS.filter((_, i) => results[i]?.status === 'fulfilled')
      }
      const served = await load()
      expect(served.length).toBeGreaterThan(0)
      expect(served.length).toBeLessThan(USERS.length)
      await expect(subscription.add(['space:other'])).rejects.toMatchObject({ code: 'unavailable' })
      // What is asked in the very moment in which a connection is replaced may fail.
      await vi.waitFor(async () => expect(await load()).toEqual(served), 10_000)
      await vi.waitFor(
        async () =>
          expect(await store.renewNode('n', now + 2_000, now, terms)).toMatchObject({
            stands: true,
            digest: { count: USERS.length },
          }),
        10_000,
      )
      await vi.waitFor(async () => {
        const standing = await store.load(served)
        await store.save(served.map((userId, i) => ({ ...writeOf(userId, 2), expected: standing[i]?.rev ?? null })))
      }, 10_000)
      await vi.waitFor(() => expect([...versions().keys()].sort()).toEqual([...served].sort()), 2_000)
      process.kill(pid, 'SIGCONT')
      await vi.waitFor(async () => expect(await load()).toEqual(USERS), 10_000)
    })

    it('needs no more rights than the README names', async () => {
      const name = newPrefix().slice(0, -1)
      const rights = [
        '~app*',
        '&app*',
        '+@read',
        '+@write',
        '+@scripting',
        '+@pubsub',
        '+@connection',
        '+info',
        '+time',
      ]
      const onCluster = ['+cluster|slots', '+cluster|shards', '+cluster|info']
      for (const url of urls()) {
        const admin = new Redis(url)
        await admin.call('ACL', 'SETUSER', name, 'on', '>secret', ...rights, ...onCluster)
        admin.disconnect()
      }
      const store = redisStore(make(urls(), { username: name, password: 'secret' }), { prefix: `app-${name}` })
      closing.push(() => store.close())
      const { versions } = await listen(store)
      await saveAll(store, 1)
      await vi.waitFor(() => expect(versions()).toEqual(everyone(1)), 5_000)
    })

    it('goes on when a master crashed and came back', async () => {
      const store = open()
      await vi.waitFor(() => saveAll(store, 1), 5_000)
      const { onGap, versions } = await listen(store)
      await servers.nodes[2]?.kill()
      await servers.nodes[2]?.start()
      await vi.waitFor(() => expect(onGap).toHaveBeenCalledWith(null), 15_000)
      let version = 1
      await vi.waitFor(
        async () => {
          // What failed at one master was saved at the others.
          const standing = await store.load(USERS)
          version++
          await store.save(
            USERS.map((userId, i) => ({ ...writeOf(userId, version), expected: standing[i]?.rev ?? null })),
          )
          await vi.waitFor(() => expect(versions()).toEqual(everyone(version)), 200)
        },
        { timeout: 20_000, interval: 100 },
      )
    })
  })
}

it('decodes what it reads however the given client of node-redis would', async () => {
  const client = createCluster({
    rootNodes: servers.url.split(',').map((url) => ({ url })),
    commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
  })
  const store = redisStore(client, { prefix: newPrefix() })
  closing.push(() => store.close())
  const write = writeOf('ada', 1)
  await store.save([write])
  expect(await store.load(['ada'])).toEqual([write.record])
})
