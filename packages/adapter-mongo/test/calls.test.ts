import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCalls } from '../src/calls.ts'
import { DRIVERS } from './database.ts'

describe('a call', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('that throws at once rejects as any other, and leaves no timer', async () => {
    const thrown = createCalls(1000)(() => {
      throw new Error('client is closed')
    })
    await expect(thrown).rejects.toMatchObject({ name: 'PresenceError', code: 'store-error' })
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    { name: 'MongoPoolClosedError' },
    { name: 'MongoPoolClearedError' },
    { name: 'MongoOperationTimeoutError' },
    { name: 'MongoClientClosedError' },
    { name: 'MongoTopologyClosedError' },
    { name: 'MongoNetworkTimeoutError' },
    { name: 'MongoServerError', code: 11601 },
    { name: 'MongoServerError', code: 10107 },
  ])('that fails in passing is unavailable: %o', async (like) => {
    const call = createCalls(1000)(() => Promise.reject(Object.assign(new Error('no'), like)))
    await expect(call).rejects.toMatchObject({ code: 'unavailable' })
  })

  it.each([6, 7] as const)('of several writes that the network cut off is unavailable (driver %i)', async (driver) => {
    const { MongoBulkWriteError, MongoNetworkError } = DRIVERS[driver]
    const error = new MongoBulkWriteError(new MongoNetworkError('reset') as never, {} as never)
    await expect(createCalls(1000)(() => Promise.reject(error))).rejects.toMatchObject({ code: 'unavailable' })
  })
})
