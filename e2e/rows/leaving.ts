import { expect, it } from 'vitest'
import type { RealBrowser } from '../browsers/tab.ts'
import { startSite } from './site.ts'
import { connected, SOON } from './use-browsers.ts'

/** How a page is left. */
const WAYS = ['closing the tab', 'navigation'] as const

/**
 * What becomes of a connected page that is left, in either browser.
 *
 * @param sees What the server gets to see of the WebSocket: Firefox closes it before a page that navigates hears of it.
 */
export function describeLeaving(
  browser: () => RealBrowser,
  sees: { readonly [way in (typeof WAYS)[number]]: { readonly code: number; readonly hint: boolean } },
): void {
  it.each(WAYS)('BR-22: %s is seen by the server within 500 ms, twenty times of twenty', async (way) => {
    await using site = await startSite()
    const took: number[] = []
    for (let i = 0; i < 20; i++) {
      const user = `ada-${i}`
      const tab = await browser().open(site.page({ user, tellLeaving: true }))
      await connected(tab)
      const connection = site.connections[i]
      const left = way === 'navigation' ? tab.goto(site.elsewhere) : tab.close()
      await expect.poll(() => connection?.closed, { ...SOON, interval: 2 }).toBe(sees[way].code)
      expect(connection?.heard.some(({ type }) => type === 'hint')).toBe(sees[way].hint)
      await left
      await expect.poll(() => site.leavings.has(user), SOON).toBe(true)
      // Page and server share a clock.
      took.push((connection?.closedAt ?? 0) - (site.leavings.get(user) ?? 0))
      if (way === 'navigation') await tab.close()
    }
    expect(Math.max(...took)).toBeLessThan(500)
  })
}
