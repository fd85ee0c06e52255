import { Redis } from 'ioredis'
import { createSentinel } from 'redis'
import { createSentinel as createSentinel5 } from 'redis5'
import { expect, it } from 'vitest'
import { type RedisStoreOptions, redisFeed, redisStore } from '../src/index.ts'

const client = new Redis({ lazyConnect: true })

const REFUSED: readonly RedisStoreOptions[] = [
  { prefix: 'a{b}' },
  { prefix: 'ä' },
  { prefix: 'x'.repeat(65) },
  { partitions: 0 },
  { partitions: 1.5 },
  { partitions: 5000 },
  { timeout: 0 },
  { timeout: '2h' },
  { maxRecordBytes: 5 },
]

for (const options of REFUSED) {
  it(`refuses ${JSON.stringify(options)}`, () => {
    expect(() => redisStore(client, options)).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })
}

for (const none of [null, undefined, {}, 'redis://127.0.0.1:6379', { duplicate() {} }]) {
  it(`refuses ${JSON.stringify(none) ?? 'nothing'} as a client, and says what to give`, () => {
    for (const make of [redisStore, redisFeed]) {
      expect(() => make(none as never)).toThrow('give what `new Redis()`, `new Cluster()`, `createClient()` or')
    }
  })
}

it('refuses a Sentinel of node-redis, and says what to give instead', () => {
  const options = { name: 'main', sentinelRootNodes: [{ host: '127.0.0.1', port: 1 }] }
  for (const sentinel of [createSentinel(options), createSentinel5(options)]) {
    expect(() => redisStore(sentinel as never)).toThrow('give a client of ioredis, `new Redis({ sentinels, name })`')
  }
})

it('says what the store can do', () => {
  expect(redisStore(client, { durable: true }).capabilities).toEqual({
    name: 'redis',
    durable: true,
    shared: true,
    fencedSaves: true,
    atomicPublication: true,
    feed: { kind: 'push' },
  })
})
