import { describe, expect, it } from 'vitest'
import { isPresenceError } from '../../src/errors.ts'
import { type Duration, toMs } from '../../src/time/duration.ts'

function refusalOf(duration: unknown): unknown {
  try {
    toMs(duration as Duration, 'grace')
  } catch (error) {
    return error
  }
  return null
}

describe('a duration', () => {
  it.each([
    ['250ms', 250],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h', 3_600_000],
    ['30d', 2_592_000_000],
    ['1.5s', 1500],
    ['0s', 0],
    [0, 0],
    [15_000, 15_000],
    [0.5, 0.5],
  ] as const)('%j is %d ms', (duration, ms) => {
    expect(toMs(duration, 'grace')).toBe(ms)
  })

  it.each([
    '5 m',
    'm',
    '',
    '5',
    '-5s',
    '5m30s',
    '1e3s',
    '.5s',
    '5M',
    ' 5s',
    -1,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    null,
    true,
    {},
  ])('%j is refused, with value, setting and remedy', (duration) => {
    const error = refusalOf(duration)
    expect(isPresenceError(error)).toBe(true)
    expect(error).toMatchObject({
      code: 'invalid-option',
      details: { option: 'grace', value: duration },
      retryable: false,
    })
    expect((error as Error).message).toBe(
      `grace is ${typeof duration === 'number' ? String(duration) : JSON.stringify(duration)}; give milliseconds from 0, or a number with a unit such as '30s', '5m', '1h' or '30d'`,
    )
  })
})
