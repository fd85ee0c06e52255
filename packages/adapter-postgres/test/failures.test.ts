import { expect, it, vi } from 'vitest'
import { deadlineIn } from '../src/deadline.ts'
import { failureOf, isRefusal } from '../src/failures.ts'
import { type Connecting, createStatements } from '../src/statements.ts'

const failed = (code: string) => Object.assign(new Error(code), { code })

it.each(['EPIPE', 'EBUSY', 'ECONNRESET'])('%s is no answer of the server', (code) => {
  expect(isRefusal(failed(code))).toBe(false)
  expect(failureOf(failed(code))).toMatchObject({ code: 'unavailable', details: {} })
})

it.each(['23505', 'P0001', 'XX000', 'HV00A'])('%s is one', (code) => {
  expect(isRefusal(failed(code))).toBe(true)
  expect(failureOf(failed(code)).details).toEqual({ sqlState: code })
})

it('a statement that is tried again may wait for a lock for no longer than its caller still does', async () => {
  const sent: number[] = []
  const query = async ({ values: [lockMs] }: { values: [number] }) => {
    sent.push(lockMs)
    if (sent.length === 1) throw failed('40P01')
    return { rows: [] }
  }
  const client = { query, on() {}, off() {}, release() {} }
  const pool = { connect: async () => client } as unknown as Connecting
  const random = vi.spyOn(Math, 'random').mockReturnValue(0.9)
  const deadline = deadlineIn(1_000)
  await createStatements(pool, 1_000).rows('SELECT $1', [deadline.lockMs], deadline)
  random.mockRestore()
  const [first = 0, second = 0] = sent
  expect(second).toBeGreaterThan(0)
  expect(second).toBeLessThan(first)
})
