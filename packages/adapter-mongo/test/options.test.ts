import type { Db } from 'mongodb'
import { describe, expect, it } from 'vitest'
import { type MongoStoreOptions, mongoStore } from '../src/index.ts'

const db = { collection: () => ({}) } as unknown as Db

describe('options', () => {
  it.each([
    [{ prefix: '' }, 'prefix is ""'],
    [{ prefix: '$where' }, 'prefix is "$where"'],
    [{ prefix: 'system.users' }, 'prefix is "system.users"'],
    [{ prefix: 'x'.repeat(101) }, 'prefix has 101 characters; at most 100'],
    [{ feed: 'polling' }, `feed is "polling"; give 'change-stream' or { pollEvery: '1s' }`],
    [{ feed: { pollEvery: 0 } }, 'feed.pollEvery is 0 ms; give more than 0 and up to 60000'],
    [{ feed: { pollEvery: '5m' } }, 'feed.pollEvery is 300000 ms'],
    [{ timeout: 0 }, 'timeout is 0 ms; give more than 0'],
  ])('refuses %j', (options, message) => {
    expect(() => mongoStore(db, options as MongoStoreOptions)).toThrow(
      expect.objectContaining({ code: 'invalid-option', message: expect.stringContaining(message) }),
    )
  })

  it('decide the capabilities before anything is asked', () => {
    expect(mongoStore(db).capabilities).toMatchObject({ feed: { kind: 'push' }, atomicPublication: true })
    expect(mongoStore(db, { feed: { pollEvery: '1s' } }).capabilities).toMatchObject({
      feed: { kind: 'poll', everyMs: 1000 },
      atomicPublication: false,
    })
  })
})
