import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { migrate, postgresStore } from '../src/index.ts'
import { createDatabase } from './schema.ts'
import { writeOf } from './writes.ts'

const database = createDatabase()
afterAll(() => database[Symbol.asyncDispose]())

async function failureOf(connectionString: string): Promise<{ code: string; message: string }> {
  const pool = new pg.Pool({ connectionString })
  const store = postgresStore(pool, { timeout: '2s' })
  try {
    const failures = [
      await store.load(['ada']).catch((error: unknown) => error),
      await store.subscribe({ onChanges() {}, onSignal() {}, onGap() {} }).catch((error: unknown) => error),
      await migrate(pool, { timeoutMs: 2_000 }).catch((error: unknown) => error),
    ] as { code: string; message: string }[]
    const [first] = failures as [{ code: string; message: string }]
    expect(failures.map(({ code }) => code)).toEqual(failures.map(() => first.code))
    return first
  } finally {
    await store.close()
    await pool.end()
  }
}

function at(change: (url: URL) => void): string {
  const url = new URL(process.env.POSTGRES_URL ?? 'postgres://127.0.0.1')
  change(url)
  return url.href
}

describe('what cannot work is one error that says what to do', () => {
  it('a port where nobody listens', async () => {
    const failure = await failureOf('postgres://postgres@127.0.0.1:1/postgres')
    expect(failure).toMatchObject({ code: 'unavailable', message: expect.stringMatching(/ECONNREFUSED/) })
  })

  it('a host that is none', async () => {
    const failure = await failureOf('postgres://postgres@no-such-host.invalid/postgres')
    expect(failure).toMatchObject({ code: 'unavailable', message: expect.stringMatching(/no-such-host/) })
  })

  it('a user that is not there', async () => {
    const failure = await failureOf(at((url) => (url.username = 'nobody_at_all')))
    expect(failure).toMatchObject({ code: 'store-unfit', message: expect.stringMatching(/user or the password/) })
  })

  it('a database that is not there', async () => {
    const failure = await failureOf(at((url) => (url.pathname = '/no_such_database')))
    expect(failure).toMatchObject({ code: 'store-unfit', message: expect.stringMatching(/database does not exist/) })
  })

  it.each([0, -1, Number.NaN])('a timeout of %j', (timeout) => {
    expect(() => postgresStore(database.pool, { timeout })).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })
})

describe('what cannot be stored', () => {
  it('is refused, and harms nobody else', async () => {
    const store = await database.createStore('refused')
    for (const userId of ['a\0b', '\ud800']) {
      await expect(store.save([writeOf({ userId })])).rejects.toMatchObject({ code: 'invalid-option' })
    }
    const message = { text: 'a\0b', emoji: null, until: null, at: 1 }
    await expect(store.save([writeOf({ userId: 'ada', record: { message } })])).rejects.toMatchObject({
      code: 'invalid-option',
    })
    expect(await store.save([writeOf({ userId: 'ada' })])).toEqual([{ ok: true }])
    await expect(store.load(['a\0b'])).rejects.toMatchObject({ code: 'invalid-option' })
    await store.close()
  })

  it('a record that is too large names its size and the limit', async () => {
    const store = await database.createStore('oversized')
    const large = { text: 'x'.repeat(17 * 1024 * 1024), emoji: null, until: null, at: 1 }
    await expect(store.save([writeOf({ userId: 'ada', record: { message: large } })])).rejects.toMatchObject({
      code: 'limit-exceeded',
      details: { userId: 'ada', limit: 16 * 1024 * 1024 },
    })
    const fits = { ...large, text: 'x'.repeat(1024 * 1024) }
    const writes = Array.from({ length: 12 }, (_, i) => writeOf({ userId: `user ${i}`, record: { message: fits } }))
    expect(await store.save(writes)).toEqual(writes.map(() => ({ ok: true })))
    await store.close()
  })

  it('a record of a newer version of the library comes back as it was', async () => {
    const store = await database.createStore('newer-record')
    const write = writeOf({ userId: 'ada', record: { format: 99 } })
    await store.save([write])
    expect(await store.load(['ada'])).toEqual([write.record])
    await store.close()
  })
})
