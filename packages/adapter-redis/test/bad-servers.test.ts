import { Redis } from 'ioredis'
import { afterEach, expect, it } from 'vitest'
import { redisStore } from '../src/index.ts'
import { bulk, startFakeServer } from './fake-server.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

function storeAt(url: string, timeout = 2_000) {
  const client = new Redis(url, { protocol: 2, lazyConnect: true })
  const store = redisStore(client, { timeout })
  closing.push(() => store.close())
  return store
}

/** A server of which only `INFO` is known. */
async function serverSaying(info: string) {
  const server = await startFakeServer(([name]) => (name?.toUpperCase() === 'INFO' ? bulk(info) : '+OK\r\n'))
  closing.push(() => server[Symbol.asyncDispose]())
  return server.url
}

it('refuses a server that is too old, on every call', async () => {
  const store = storeAt(await serverSaying('# Server\r\nredis_version:6.2.6\r\n'))
  for (const call of [() => store.load(['ada']), () => store.now(), () => store.save([])]) {
    await expect(call()).rejects.toMatchObject({ code: 'invalid-option', details: { version: '6.2.6' } })
  }
})

it('refuses a server that may evict keys', async () => {
  const store = storeAt(
    await serverSaying('redis_version:7.2.0\r\nmaxmemory:1000000\r\nmaxmemory_policy:allkeys-lru\r\n'),
  )
  await expect(store.load(['ada'])).rejects.toMatchObject({
    code: 'invalid-option',
    details: { maxmemory: 1_000_000, policy: 'allkeys-lru' },
  })
})

it('asks again once it failed: a server that was mended is taken without a new store', async () => {
  let version = '6.2.6'
  const server = await startFakeServer((command) => {
    const name = command[0]?.toUpperCase()
    if (name === 'INFO') return bulk(`redis_version:${version}\r\n`)
    return name === 'EVALSHA' ? `*2\r\n${bulk('1')}${bulk('64')}` : '+OK\r\n'
  })
  closing.push(() => server[Symbol.asyncDispose]())
  const store = storeAt(server.url)
  await expect(store.load([])).rejects.toMatchObject({ code: 'invalid-option' })
  version = '7.0.0'
  expect(await store.load([])).toEqual([])
})

it('rejects in time when nobody listens there, and says so', async () => {
  const server = await startFakeServer(() => null)
  await server[Symbol.asyncDispose]()
  await expect(storeAt(server.url, 300).load(['ada'])).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/^Redis did not answer load within 300 ms: connect ECONNREFUSED/),
  })
})

it('rejects in time when the server says nothing at all', async () => {
  const server = await startFakeServer(() => null)
  closing.push(() => server[Symbol.asyncDispose]())
  const store = storeAt(server.url, 300)
  const subscription = await store.subscribe({ onChanges() {}, onSignal() {}, onGap() {} })
  const calls = [store.load(['ada']), store.now(), store.count({ as: 'admin' }), subscription.add(['user:ada'])]
  for (const result of await Promise.allSettled(calls)) {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
  }
})
