import { afterAll, afterEach, beforeEach, expect, it, vi } from 'vitest'
import { until } from './ear.ts'
import { createDatabase } from './schema.ts'
import { writeOf } from './writes.ts'

const database = createDatabase()
afterAll(() => database[Symbol.asyncDispose]())

const random = vi.spyOn(Math, 'random')
beforeEach(() => random.mockReturnValue(0))
afterEach(() => random.mockReset())

/** A store in whose schema changes are left over from long ago. */
async function withOldChanges(name: string, count: number) {
  const store = await database.createStore(name)
  const table = `"${database.nameOf(name)}".presence_change`
  await database.pool.query(
    `INSERT INTO ${table} (user_id, topics, at)
    SELECT 'old', '{}', clock_timestamp() - interval '2 minutes' FROM generate_series(1, $1)`,
    [count],
  )
  const left = async (userId: string) => {
    const found = await database.pool.query(`SELECT FROM ${table} WHERE user_id = $1`, [userId])
    return found.rows.length
  }
  return { store, left }
}

it('changes of long ago go with saves, and young ones stay, in a process that never renews a lease', async () => {
  const { store, left } = await withOldChanges('saved', 12_000)
  await store.save([writeOf({ userId: 'ada' })])
  await until(async () => (await left('old')) === 0)
  expect(await left('ada')).toBe(1)
  await store.close()
})

it('they go with signals that are written down', async () => {
  const { store, left } = await withOldChanges('signalled', 10)
  const subscription = await store.subscribe({ onChanges() {}, onSignal() {}, onGap() {} })
  await subscription.publish({ topic: 'space:a', signal: 'small' })
  expect(await left('old')).toBe(10)
  await subscription.publish({ topic: 'space:a', signal: 'x'.repeat(10_000) })
  await until(async () => (await left('old')) === 0)
  await store.close()
})

it('one statement in many looks for them', async () => {
  const { store, left } = await withOldChanges('seldom', 10)
  random.mockReturnValue(0.001)
  await store.save([writeOf({ userId: 'ada' })])
  await store.save([writeOf({ userId: 'bob' })])
  expect(await left('old')).toBe(10)
  await store.save(Array.from({ length: 10 }, (_, i) => writeOf({ userId: `user ${i}` })))
  await until(async () => (await left('old')) === 0)
  await store.close()
})
