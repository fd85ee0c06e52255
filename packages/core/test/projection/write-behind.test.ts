import { describe, expect, it } from 'vitest'
import { PresenceError, type ProjectedState } from '../../src/index.ts'
import { createWriteBehind } from '../../src/projection/write-behind.ts'
import { createVirtualClock } from '../../src/testing.ts'

function stateOf(userId: string, version = 1): ProjectedState {
  return { userId, isOnline: true, status: 'online', lastActiveAt: 1, lastSeenAt: null, epoch: 1, version }
}

function setUp(write: (states: readonly ProjectedState[]) => Promise<void> = async () => {}) {
  const clock = createVirtualClock()
  const batches: (readonly ProjectedState[])[] = []
  const found = { errors: [] as string[], overflows: 0 }
  const queue = createWriteBehind({
    clock,
    batchMs: 1000,
    write(states) {
      batches.push(states)
      return write(states)
    },
    onError: ({ code }) => found.errors.push(code),
    onOverflow: () => found.overflows++,
  })
  return { clock, batches, found, queue }
}

describe('states that wait to be written', () => {
  it('go out in batches of 500, one at a time', async () => {
    const { clock, batches, queue } = setUp()
    for (let i = 0; i < 1200; i++) queue.add(stateOf(`user ${i}`))
    await clock.advance(1000)
    expect(batches.map(({ length }) => length)).toEqual([500, 500, 200])
  })

  it('are the newest of each user, in whatever order they came', async () => {
    const { clock, batches, queue } = setUp()
    for (const version of [2, 3, 1]) queue.add(stateOf('ada', version))
    await clock.advance(1000)
    expect(batches.flat().map(({ version }) => version)).toEqual([3])
  })

  it('that came while others were written follow one batch time later', async () => {
    let written = () => {}
    const { clock, batches, queue } = setUp(() => new Promise((resolve) => (written = resolve)))
    queue.add(stateOf('ada'))
    await clock.advance(1000)
    queue.add(stateOf('ada', 2))
    queue.add(stateOf('bob'))
    await clock.advance(5000)
    expect(batches).toHaveLength(1)
    written()
    await clock.advance(999)
    expect(batches).toHaveLength(1)
    await clock.advance(1)
    expect(batches.map((states) => states.map(({ userId }) => userId))).toEqual([['ada'], ['ada', 'bob']])
  })

  it('are written although others never stop coming, which wait for their own batch', async () => {
    const { clock, batches, queue } = setUp(async () => {
      if (batches.length < 10) queue.add(stateOf(`user ${batches.length}`))
    })
    queue.add(stateOf('user 0'))
    await queue.flush()
    expect(batches).toHaveLength(1)
    await clock.advance(999)
    expect(batches).toHaveLength(1)
    await clock.advance(1)
    expect(batches).toHaveLength(2)
    queue.stop()
  })

  it('wait on whole when the target as a whole cannot be written, and are tried later and later', async () => {
    const { clock, batches, queue, found } = setUp(async () => {
      throw new PresenceError('store-unfit', 'no such column')
    })
    for (const userId of ['ada', 'bob']) queue.add(stateOf(userId))
    await clock.advance(6_999)
    expect(batches.map(({ length }) => length)).toEqual([2, 2])
    await clock.advance(1)
    expect(batches.map(({ length }) => length)).toEqual([2, 2, 2])
    expect(found.errors).toEqual(['store-unfit'])
    queue.stop()
  })

  it('do not take the place of newer ones when their write failed', async () => {
    let fail = (_: Error) => {}
    const { clock, batches, queue, found } = setUp(() => new Promise((_, reject) => (fail = reject)))
    queue.add(stateOf('ada'))
    await clock.advance(1000)
    queue.add(stateOf('ada', 2))
    fail(new Error('no route'))
    await clock.advance(2000)
    expect(batches.map(([state]) => state?.version)).toEqual([1, 2])
    expect(found.errors).toEqual(['store-error'])
  })

  it('are dropped, and said to be, when there are more than can be kept', () => {
    const { found, queue } = setUp()
    for (let i = 0; i <= 100_000; i++) queue.add(stateOf(`user ${i}`))
    expect(found.overflows).toBe(1)
    queue.stop()
  })

  it('reject a flush that fails, and wait on', async () => {
    let error: Error | null = new Error('no route')
    const { batches, queue } = setUp(async () => {
      if (error !== null) throw error
    })
    queue.add(stateOf('ada'))
    await expect(queue.flush()).rejects.toThrow('no route')
    error = null
    await queue.flush()
    expect(batches).toHaveLength(2)
    queue.stop()
    queue.add(stateOf('bob'))
    await queue.flush()
    expect(batches).toHaveLength(2)
  })
})
