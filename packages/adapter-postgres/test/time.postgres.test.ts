import { afterAll, describe, expect, it } from 'vitest'
import { createDatabase } from './schema.ts'

const database = createDatabase()
afterAll(() => database[Symbol.asyncDispose]())

const TERMS = { afterMs: 1e9, forMs: 1 }
const HOUR = 3_600_000

async function serverTime(): Promise<number> {
  const { rows } = await database.pool.query('SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now')
  return rows[0].now
}

describe('store time', () => {
  it('goes on, for every handle, from what nodes renewed by before the clock of the server was set back', async () => {
    const store = await database.createStore('back')
    const ahead = (await store.now()) + HOUR
    // As a node does that was told the time before the step.
    await store.renewNode('n1', ahead + 30_000, ahead, TERMS)
    const peer = database.createPeer('back')
    for (const handle of [store, peer]) {
      const first = await handle.now()
      expect(first).toBeGreaterThanOrEqual(ahead)
      // At the clock's pace, whether or not anybody renews.
      expect(await handle.now()).toBeGreaterThan(first)
      expect(first - (await serverTime())).toBeLessThanOrEqual(HOUR)
      await handle.close()
    }
  })

  it('is that of the server for all that nodes measured it badly', async () => {
    const store = await database.createStore('measured')
    const ahead = (await serverTime()) + 900
    await store.renewNode('n1', ahead + 30_000, ahead, TERMS)
    expect(await store.now()).toBeLessThanOrEqual(await serverTime())
    await store.close()
  })
})
