import { randomBytes } from 'node:crypto'
import {
  type FeedChange,
  type FeedTopic,
  hashRev,
  type PresenceStore,
  type UserRecord,
  type Write,
} from '@rollcall/core'
import { Redis } from 'ioredis'
import { createClient } from 'redis'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createChannels } from '../src/feed/channels.ts'
import { type RedisClient, type RedisStoreOptions, redisStore } from '../src/index.ts'
import { createLayout } from '../src/layout.ts'
import { newPrefix, removeKeys, urlOf } from './bindings.ts'
import { startProxy } from './proxy.ts'
import { writeOf } from './writes.ts'

const prefix = newPrefix()
let admin: Redis
const closing: (() => unknown)[] = []

beforeAll(() => {
  admin = new Redis(urlOf('REDIS_URL'))
})
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
  await removeKeys(prefix, urlOf('REDIS_URL'))
})
afterAll(() => admin.disconnect())

/** Ends the connections of this name as a failing network does. */
async function killClients(name: string): Promise<number> {
  const list = String(await admin.call('CLIENT', 'LIST'))
  const ids = list.split('\n').flatMap((line) => {
    const fields = Object.fromEntries(
      line
        .trim()
        .split(' ')
        .map((field) => field.split(/=(.*)/s)),
    )
    return fields.name === name ? [String(fields.id)] : []
  })
  for (const id of ids) await admin.call('CLIENT', 'KILL', 'ID', id)
  return ids.length
}

interface GivenClient {
  readonly client: RedisClient
  /** Uses it as its application would. */
  ping(): Promise<string>
  close(): void
}

const DRIVERS: Readonly<Record<string, (url: string, name: string) => GivenClient>> = {
  ioredis(url, connectionName) {
    const client = new Redis(url, { connectionName, lazyConnect: true })
    return { client, ping: () => client.ping(), close: () => client.disconnect() }
  },
  'node-redis'(url, name) {
    const client = createClient({ url, name })
    client.on('error', () => {})
    const ping = async () => {
      await client.connect()
      return client.ping()
    }
    return { client, ping, close: () => client.isOpen && client.destroy() }
  },
}

for (const [driver, make] of Object.entries(DRIVERS)) {
  describe(driver, () => {
    function open(url = urlOf('REDIS_URL'), options: RedisStoreOptions = {}) {
      const name = `test-${randomBytes(6).toString('hex')}`
      const { client, ping, close } = make(url, name)
      const store = redisStore(client, { prefix, ...options })
      closing.push(close, () => store.close())
      return { store, name, ping }
    }

    it('goes on when the scripts were flushed', async () => {
      const { store } = open()
      await store.save([writeOf('ada', 1)])
      await admin.script('FLUSH')
      expect(await store.save([writeOf('ada', 2), writeOf('bob', 1)])).toEqual([{ ok: true }, { ok: true }])
      await admin.script('FLUSH')
      expect(await store.count({ as: 'others' })).toBe(2)
    })

    it('goes on when its connections are cut', async () => {
      const { store, name } = open()
      await store.save([writeOf('ada', 1)])
      await store.now()
      expect(await killClients(`${name}-rollcall-calls`)).toBe(1)
      expect(await killClients(`${name}-rollcall-renewals`)).toBe(1)
      // What is asked in the very moment may fail; nothing hangs, and the next is answered.
      await store.load(['ada']).catch((error) => expect(error).toMatchObject({ code: 'unavailable' }))
      await store.now().catch((error) => expect(error).toMatchObject({ code: 'unavailable' }))
      expect((await store.load(['ada']))[0]?.version).toBe(1)
      expect(await store.now()).toBeGreaterThan(0)
    })

    it('tells of a gap when the connection that listens was cut, and hears again', async () => {
      const { store, name } = open()
      const changes: FeedChange[] = []
      const onGap = vi.fn()
      const subscription = await store.subscribe({
        onChanges: (heard) => changes.push(...heard),
        onSignal() {},
        onGap,
      })
      await subscription.add(['user:ada', 'space:a'])
      await store.save([writeOf('ada', 1)])
      await vi.waitFor(() => expect(changes).toHaveLength(1))
      expect(onGap).not.toHaveBeenCalled()
      expect(await killClients(`${name}-rollcall-feed`)).toBe(1)
      await vi.waitFor(() => expect(onGap).toHaveBeenCalledWith(null), 10_000)
      await store.save([writeOf('ada', 2)])
      await vi.waitFor(() => expect(changes.map(({ version }) => version)).toEqual([1, 2]), 5_000)
    })

    it('gives up connections that carry nothing any more, and goes on with others', async () => {
      const proxy = await startProxy(urlOf('REDIS_URL'))
      closing.push(() => proxy[Symbol.asyncDispose]())
      const { store } = open(proxy.url, { timeout: 400 })
      const changes: FeedChange[] = []
      const onGap = vi.fn()
      const listener = { onChanges: (heard: readonly FeedChange[]) => changes.push(...heard), onSignal() {}, onGap }
      const subscription = await store.subscribe(listener)
      await subscription.add(['user:ada'])
      await store.save([writeOf('ada', 1)])
      proxy.mute()
      await expect(store.load(['ada'])).rejects.toMatchObject({ code: 'unavailable' })
      expect((await store.load(['ada']))[0]?.version).toBe(1)
      // Nobody hears that nothing is heard; who misses the echo of a renewal subscribes anew.
      await expect(subscription.add(['space:b'])).rejects.toMatchObject({ code: 'unavailable' })
      await vi.waitFor(() => expect(onGap).toHaveBeenCalledWith(null), 5_000)
      await store.save([writeOf('ada', 2)])
      await vi.waitFor(() => expect(changes.at(-1)?.version).toBe(2), 5_000)
    })

    it('tells of a gap when it hears what it cannot read, and hears on', async () => {
      const { store } = open()
      const changes: FeedChange[] = []
      const onGap = vi.fn()
      const listener = { onChanges: (heard: readonly FeedChange[]) => changes.push(...heard), onSignal() {}, onGap }
      const subscription = await store.subscribe(listener)
      await subscription.add(['user:ada'])
      const channel = createChannels(createLayout(prefix, 64)).ofSignals('user:ada')
      for (const [times, text] of ['s{', 'p', 'j[]', 'cid\x001\0["ada"'].entries()) {
        await admin.spublish(channel, text)
        await vi.waitFor(() => expect(onGap).toHaveBeenCalledTimes(times + 1))
      }
      await store.save([writeOf('ada', 1)])
      await vi.waitFor(() => expect(changes).toHaveLength(1))
    })

    it('hears the changes of one call in their order, on whatever channels they come', async () => {
      const { store } = open()
      const changes: FeedChange[] = []
      const listener = {
        onChanges: (heard: readonly FeedChange[]) => changes.push(...heard),
        onSignal() {},
        onGap() {},
      }
      const subscription = await store.subscribe(listener)
      const versions = Array.from({ length: 12 }, (_, i) => i + 1)
      await subscription.add(versions.map((version): FeedTopic => `space:${version}`))
      const writes = versions.map((version) => ({ ...writeOf('ada', version), topics: [`space:${version}` as const] }))
      await store.save(writes)
      await vi.waitFor(() => expect(changes).toHaveLength(versions.length))
      expect(changes.map(({ version }) => version)).toEqual(versions)
    })

    it('rejects at once what the server does not let in, and says what to check', async () => {
      const url = new URL(urlOf('REDIS_URL'))
      url.username = 'nobody'
      url.password = 'wrong'
      const { store } = open(url.href)
      const begun = performance.now()
      await expect(store.load(['ada'])).rejects.toMatchObject({
        code: 'invalid-option',
        message: expect.stringMatching(/^Redis refuses the connection: WRONGPASS .*; check the user name, password/),
      })
      expect(performance.now() - begun).toBeLessThan(4_000)
    })

    it('works for a user who may not ask for INFO, and warns', async () => {
      const user = `test-${randomBytes(6).toString('hex')}`
      await admin.call('ACL', 'SETUSER', user, 'on', '>secret', '~*', '&*', '+@all', '-info')
      closing.push(() => admin.call('ACL', 'DELUSER', user))
      const url = new URL(urlOf('REDIS_URL'))
      url.username = user
      url.password = 'secret'
      const { client, close } = make(url.href, user)
      const onWarning = vi.fn()
      const store = redisStore(client, { prefix, onWarning })
      closing.push(close, () => store.close())
      expect(await store.save([writeOf('ada', 1)])).toEqual([{ ok: true }])
      expect(onWarning).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('maxmemory-policy is noeviction'))
    })

    it('rejects every call once it is closed, and leaves the given client alone', async () => {
      const { store, ping } = open()
      await store.load(['ada'])
      await store.close()
      await expect(store.load(['ada'])).rejects.toMatchObject({ code: 'not-running' })
      await expect(store.now()).rejects.toMatchObject({ code: 'not-running' })
      const listener = { onChanges() {}, onSignal() {}, onGap() {} }
      await expect(store.subscribe(listener)).rejects.toMatchObject({ code: 'not-running' })
      expect(await ping()).toBe('PONG')
    })
  })
}

describe('data', () => {
  const open = (options = {}): PresenceStore => {
    const store = redisStore(admin, { prefix, ...options })
    closing.push(() => store.close())
    return store
  }
  const recordsOf = (userId: string) => `${prefix}{rc:${hashRev(userId) % 64}}:r`

  it('refuses a record that is too large with its own error, and saves nothing of the call', async () => {
    const store = open({ maxRecordBytes: 2_000 })
    const large = writeOf('ada', 1, { meta: 'ä'.repeat(1_500) })
    await expect(store.save([writeOf('bob', 1), large])).rejects.toMatchObject({
      code: 'limit-exceeded',
      message: expect.stringContaining('the record of ada takes'),
      details: { userId: 'ada', maxRecordBytes: 2_000 },
    })
    expect(await store.load(['ada', 'bob'])).toEqual([null, null])
  })

  it('hands out a record of a newer format as it is, and refuses one that it cannot read', async () => {
    const store = open()
    const write = writeOf('ada', 1)
    const newer = { ...write.record, format: 2, more: ['of it'] } as unknown as UserRecord
    await store.save([{ ...write, record: newer } as Write])
    expect(await store.load(['ada'])).toEqual([newer])
    await store.save([writeOf('bob', 1)])
    const value = String(await admin.hget(recordsOf('bob'), 'bob'))
    await admin.hset(recordsOf('bob'), 'bob', value.replace('[', '~['))
    await expect(store.load(['bob'])).rejects.toMatchObject({
      code: 'newer-record',
      message: expect.stringContaining('update this one'),
    })
  })

  it('saves as many users at once as are given, also of one partition', async () => {
    const store = open({ partitions: 1 })
    const writes = Array.from({ length: 8_500 }, (_, i) => writeOf(`user ${i}`, 1))
    expect((await store.save(writes)).every(({ ok }) => ok)).toBe(true)
    expect(await store.count({ as: 'others' })).toBe(8_500)
  })

  it('a killed node stays dead as long as nothing it writes passes, also days later', async () => {
    const store = open()
    const now = await store.now()
    const day = 24 * 60 * 60 * 1000
    const terms = { afterMs: 10 * day, forMs: 1 }
    const write = { ...writeOf('ada', 1), writer: 'n' }
    await store.save([write])
    await store.renewNode('n', now + 1, now, terms)
    expect((await store.deadNodes(now + 2, null, 10)).items).toEqual(['n'])
    const later = now + 1.5 * day
    const { stands } = await store.renewNode('n', later + 1, later, terms)
    const next = { ...writeOf('ada', 2), writer: 'n' }
    expect(await store.save([next])).toEqual([stands ? { ok: true } : { ok: false, reason: 'fenced' }])
  })

  it('refuses data that was divided otherwise', async () => {
    await open().load(['ada'])
    await expect(open({ partitions: 128 }).load(['ada'])).rejects.toMatchObject({
      code: 'invalid-option',
      message: expect.stringContaining('give partitions 64, or another prefix'),
    })
  })

  it('refuses data of a newer layout', async () => {
    await admin.hset(`${prefix}{rc:0}:state`, 'layout', '2', 'partitions', '64')
    await expect(open().load(['ada'])).rejects.toMatchObject({ code: 'newer-record' })
  })

  it('leaves no key behind when the last user is forgotten, but for counters and the layout', async () => {
    const store = open()
    const write = writeOf('ada', 1)
    await store.save([write])
    await store.save([
      { ...write, record: null, index: null, expected: 'w:1', change: { ...write.change, record: null } },
    ])
    const keys = await admin.keys(`${prefix}*`)
    expect(keys.filter((key) => !key.endsWith(':state') && !key.endsWith(':n'))).toEqual([])
  })
})
