import { expect, it } from 'vitest'
import { createCountReader } from '../../src/session/count-reader.ts'

/** A store whose answers wait until they are given. */
function slowCounts() {
  const asked: { readonly space: string; answer(count: number): void; fail(): void }[] = []
  const count = ({ space = '' }: { readonly space?: string } = {}) =>
    new Promise<number>((resolve, reject) =>
      asked.push({ space, answer: resolve, fail: () => reject(new Error('away')) }),
    )
  return { asked, reader: createCountReader({ count }) }
}

it('asks once for all who wait, and never answers with a count from before the question', async () => {
  const { asked, reader } = slowCounts()
  const first = reader.read('room')
  const second = reader.read('room')
  const third = reader.read('room')
  expect(asked).toHaveLength(1)
  asked[0]?.answer(1)
  expect(await first).toBe(1)
  expect(asked).toHaveLength(2)
  asked[1]?.answer(3)
  expect(await Promise.all([second, third])).toEqual([3, 3])
})

it('asks for each space on its own', () => {
  const { asked, reader } = slowCounts()
  void reader.read('room')
  void reader.read('other')
  expect(asked.map(({ space }) => space)).toEqual(['room', 'other'])
})

it('asks again after a failure, which only those see who waited for it', async () => {
  const { asked, reader } = slowCounts()
  const first = reader.read('room')
  const second = reader.read('room')
  asked[0]?.fail()
  await expect(first).rejects.toThrow('away')
  asked[1]?.answer(2)
  expect(await second).toBe(2)
  await Promise.resolve()
  void reader.read('room')
  expect(asked).toHaveLength(3)
})
