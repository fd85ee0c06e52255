import { LastSeen, PresenceLocale, useLastSeen } from '@rollcall/react/components'
import { createTestClient, TestPresence } from '@rollcall/react/testing'
import { act, render, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { ageText, unchangedForMs } from '../src/last-seen/age-text.ts'
import { inBothModes, type Mode } from './modes.tsx'

const START = Date.UTC(2026, 0, 31, 14, 5)
const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'], now: START }))
afterEach(() => void vi.useRealTimers())

const pass = (ms: number) => act(() => void vi.advanceTimersByTime(ms))

function setup(Mode: Mode, now: () => number = Date.now) {
  const client = createTestClient({ now })
  const wrapper: Mode = ({ children }) => (
    <Mode>
      <PresenceLocale locale="en">
        <TestPresence client={client}>{children}</TestPresence>
      </PresenceLocale>
    </Mode>
  )
  return { client, wrapper }
}

inBothModes('useLastSeen', (Mode) => {
  test('BR-69: keeps up with time', () => {
    const { wrapper } = setup(Mode)
    const { result } = renderHook(() => useLastSeen(START - 5 * MINUTE), { wrapper })
    expect(result.current.text).toBe('5 minutes ago')
    pass(MINUTE - 1)
    expect(result.current.text).toBe('5 minutes ago')
    pass(1)
    expect(result.current.text).toBe('6 minutes ago')
    pass(2 * HOUR)
    expect(result.current.text).toBe('2 hours ago')
  })

  test('BR-69: has one timer for a thousand labels, which rings only when a text changes', () => {
    const { wrapper } = setup(Mode)
    const labels = Array.from({ length: 1_000 }, (_, i) => START - DAY - (i % 7) * DAY)
    const { unmount } = renderHook(() => labels.map((at) => useLastSeen(at).text), { wrapper })
    expect(vi.getTimerCount()).toBe(1)
    const set = vi.spyOn(globalThis, 'setTimeout')
    pass(23 * HOUR)
    expect(set).not.toHaveBeenCalled()
    pass(HOUR)
    expect(set).toHaveBeenCalledTimes(1)
    unmount()
    expect(vi.getTimerCount()).toBe(0)
  })

  test('BR-69: a time to come, by a skewed clock, shows now', () => {
    const { wrapper } = setup(Mode)
    const { result } = renderHook(() => useLastSeen(START + 3 * MINUTE), { wrapper })
    expect(result.current.text).toBe('now')
    pass(4 * MINUTE)
    expect(result.current.text).toBe('1 minute ago')
  })

  test('BR-70: counts by the server’s clock, and anew once that is measured', () => {
    let offset = -10 * MINUTE
    const { client, wrapper } = setup(Mode, () => Date.now() + offset)
    const { result } = renderHook(() => useLastSeen(START - 5 * MINUTE), { wrapper })
    expect(result.current.text).toBe('now')
    act(() => {
      offset = 0
      client.update({ connection: { since: START } })
    })
    expect(result.current.text).toBe('5 minutes ago')
    pass(MINUTE)
    expect(result.current.text).toBe('6 minutes ago')
  })

  test('gives a time element its machine-readable and its absolute time', () => {
    const { wrapper } = setup(Mode)
    const { result } = renderHook(() => useLastSeen(START), { wrapper })
    const { dateTime, title } = result.current.timeProps
    expect(dateTime).toBe('2026-01-31T14:05:00.000Z')
    expect(title).toMatch(/^January 31, 2026 at /)
  })

  test('is empty, without a timer, for who was never seen', () => {
    const { wrapper } = setup(Mode)
    const { result } = renderHook(() => useLastSeen(null), { wrapper })
    expect(result.current).toEqual({ text: '', timeProps: {} })
    expect(vi.getTimerCount()).toBe(0)
  })
})

inBothModes('LastSeen', (Mode) => {
  test('is a time element, and takes what time elements take', () => {
    const { wrapper } = setup(Mode)
    const { container } = render(<LastSeen timestamp={START - HOUR} className="dim" />, { wrapper })
    const time = container.querySelector('time')
    expect(time?.textContent).toBe('1 hour ago')
    expect(time?.getAttribute('datetime')).toBe('2026-01-31T13:05:00.000Z')
    expect(time?.getAttribute('title')).toContain('2026')
    expect(time?.className).toBe('dim')
    expect(container.querySelector('[aria-live],[role=status]')).toBeNull()
  })

  test('renders nothing without a time', () => {
    const { wrapper } = setup(Mode)
    expect(render(<LastSeen timestamp={undefined} />, { wrapper }).container.innerHTML).toBe('')
  })
})

describe('the text of an age', () => {
  test.each([
    [-10 * MINUTE, 'now'],
    [0, 'now'],
    [MINUTE - 1, 'now'],
    [MINUTE, '1 minute ago'],
    [HOUR - 1, '59 minutes ago'],
    [HOUR, '1 hour ago'],
    [DAY - 1, '23 hours ago'],
    [DAY, '1 day ago'],
    [7 * DAY, '1 week ago'],
    [29 * DAY, '4 weeks ago'],
    [30 * DAY, '1 month ago'],
    [364 * DAY, '12 months ago'],
    [800 * DAY, '2 years ago'],
  ])('of %i ms is “%s”', (age, text) => {
    expect(ageText(age, 'en')).toBe(text)
  })

  test('BR-71: is in the words of each language', () => {
    const texts = ['en', 'de', 'fr', 'tr', 'ar', 'ja'].map((locale) => ageText(5 * MINUTE, locale))
    expect(texts).toEqual([
      '5 minutes ago',
      'vor 5 Minuten',
      'il y a 5 minutes',
      '5 dakika önce',
      'قبل 5 دقائق',
      '5 分前',
    ])
  })

  test('stays the same for exactly as long as is said', () => {
    for (let age = -MINUTE; age < 3 * 365 * DAY; age = Math.ceil(age * 1.07) + 9_973) {
      const stays = unchangedForMs(age)
      expect(ageText(age + stays - 1, 'en')).toBe(ageText(age, 'en'))
      expect(ageText(age + stays, 'en')).not.toBe(ageText(age, 'en'))
    }
  })
})
