import { describe, expect, it } from 'vitest'
import { startSite } from './site.ts'
import { connected, useChromium } from './use-browsers.ts'

const chromium = useChromium()

const MINUTE = 60_000
/** Chromium holds the timers of a hidden page back to one a minute after five minutes. */
const THROTTLED_AFTER_MS = 5 * MINUTE
const HIDDEN_MS = 10 * MINUTE
const GENEROUS = HIDDEN_MS + 3 * MINUTE

/** Opens a page with default settings, puts another in front of it, and returns after ten minutes. */
async function hide(options: Parameters<Awaited<ReturnType<typeof startSite>>['page']>[0]) {
  const site = await startSite()
  const tab = await chromium().open(site.page(options))
  await connected(tab)
  const hiddenAt = Date.now()
  await chromium().open(site.elsewhere)
  // The wall clock of the page, by a timer that is chained as those of applications are.
  await tab.evaluate(() => {
    const ticks: number[] = []
    Object.assign(window, { ticks })
    setInterval(() => ticks.push(Date.now()), 1000)
  })
  await expect
    .poll(() => Date.now(), { timeout: GENEROUS, interval: 1000 })
    .toBeGreaterThanOrEqual(hiddenAt + HIDDEN_MS)
  // That it was held back at all.
  const ticks = await tab.evaluate(() => (window as unknown as { ticks: number[] }).ticks)
  const gaps = ticks.slice(1).map((at, i) => at - (ticks[i] ?? 0))
  expect(Math.max(...gaps)).toBeGreaterThan(50_000)
  const states = await tab.evaluate(() => window.rows.states.map(({ status }) => status))
  return { site, hiddenAt, states }
}

describe.concurrent('a tab hidden for ten minutes, with default settings', () => {
  it.each(['websocket', 'socketio'] as const)(
    'BR-16: stays connected (%s), without a single reconnect',
    async (transport) => {
      const { site, hiddenAt, states } = await hide({ user: 'ada', transport })
      await using _ = site
      expect(states).toEqual(['connecting', 'connected'])
      expect(site.connections.map(({ closedAt }) => closedAt)).toEqual([null])
      // BR-20: timers that are held back are no sleep: nobody asks whether the server is still there.
      expect(site.connections[0]?.heard.map(({ type }) => type)).not.toContain('query')
      // BR-13: hidden is not offline; away after the idle limit.
      expect(site.changes.map(({ status }) => status)).toEqual(['online', 'away'])
      expect((site.changes[1]?.at ?? 0) - hiddenAt).toBeGreaterThan(5 * MINUTE - 5000)
    },
    GENEROUS,
  )

  it(
    'BR-17: beats over HTTP at 15 s come at most 17 s apart, without a worker',
    async () => {
      const { site, hiddenAt, states } = await hide({ user: 'ada', transport: 'http' })
      await using _ = site
      expect(states).toEqual(['connecting', 'connected'])
      const beats = site.requests
        .filter(({ path, at }) => path === '/live/messages' && at >= hiddenAt)
        .map(({ at }) => at)
      const gaps = beats.slice(1).map((at, i) => at - (beats[i] ?? 0))
      expect(Math.max(...gaps)).toBeLessThanOrEqual(17_000)
      expect(beats.filter((at) => at > hiddenAt + THROTTLED_AFTER_MS).length).toBeGreaterThan(15)
      expect(site.changes.map(({ status }) => status)).toEqual(['online', 'away'])
    },
    GENEROUS,
  )
})
