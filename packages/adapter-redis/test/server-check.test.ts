import { expect, it } from 'vitest'
import { checkEviction, checkVersion } from '../src/server-check.ts'

const info = (fields: Readonly<Record<string, string>>) => new Map(Object.entries(fields))

it('takes Redis from 7.0 on, and Valkey, whatever version of Redis it claims to be', () => {
  for (const version of ['7.0.0', '7.4.2', '8.2.1', '10.0.0']) checkVersion(info({ redis_version: version }))
  for (const version of ['7.2.5', '8.1.0']) checkVersion(info({ redis_version: '7.2.4', valkey_version: version }))
})

it('refuses an older server and says which one would do', () => {
  expect(() => checkVersion(info({ redis_version: '6.2.14' }))).toThrow(
    'the server is Redis 6.2.14; rollcall needs Redis 7.0 or Valkey 8: update it',
  )
  expect(() => checkVersion(info({}))).toThrow('the server is Redis of an unknown version')
})

it('refuses a server that may evict keys and says what to set', () => {
  for (const policy of ['allkeys-lru', 'volatile-lru', 'allkeys-random', 'volatile-ttl']) {
    expect(() => checkEviction(info({ maxmemory: '1000', maxmemory_policy: policy }))).toThrow(
      `the server may evict keys (maxmemory 1000, maxmemory-policy ${policy}), and users would be lost without a trace: set maxmemory-policy noeviction`,
    )
  }
})

it('takes a server that evicts nothing, for it has no limit or refuses writes there', () => {
  checkEviction(info({ maxmemory: '0', maxmemory_policy: 'allkeys-lru' }))
  checkEviction(info({ maxmemory: '1000', maxmemory_policy: 'noeviction' }))
  checkEviction(info({}))
})
