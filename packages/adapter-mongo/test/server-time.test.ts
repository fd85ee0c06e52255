import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createStoreTime } from '../src/server-time.ts'

const START = 1_000_000

describe('store time', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('goes on at the pace of the clock after that was set back', async () => {
    let time = START
    const now = createStoreTime(
      async () => time,
      async () => 0,
    )
    expect(await now()).toBe(START)
    time -= 60_000
    expect(await now()).toBe(START)
    time += 250
    expect(await now()).toBe(START + 250)
  })

  it('goes on from what other handles know, for one that was opened after the clock was set back', async () => {
    let [time, renewedAt] = [START, START + 60_000]
    const now = createStoreTime(
      async () => time,
      async () => renewedAt,
    )
    expect(await now()).toBe(START + 60_000)
    time += 250
    expect(await now()).toBe(START + 60_250)
    renewedAt += 10_000
    expect(await now()).toBe(START + 70_000)
  })

  it('is not led on by nodes that measured a little wrong', async () => {
    let renewedAt = START
    const now = createStoreTime(
      async () => START,
      async () => renewedAt,
    )
    for (let i = 0; i < 20; i++) renewedAt = (await now()) + 10
    expect(await now()).toBe(START)
  })

  it('takes answers that overtake each other for no step', async () => {
    let asked = 0
    const now = createStoreTime(
      () => {
        // Of two calls the first is answered last.
        const at = asked++
        const tookMs = at % 2 === 0 ? 20 : 5
        return new Promise((resolve) => setTimeout(resolve, tookMs, START + 20 * Math.floor(at / 2) + (at % 2) * 10))
      },
      async () => 0,
    )
    const answers: number[] = []
    for (let pair = 0; pair < 20; pair++) {
      const both = Promise.all([now(), now()])
      await vi.advanceTimersByTimeAsync(20)
      answers.push(...(await both))
    }
    expect(Math.max(...answers)).toBe(START + 20 * 19 + 10)
  })
})
