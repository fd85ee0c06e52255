import { expect, it } from 'vitest'
import type { RealBrowser } from '../browsers/tab.ts'
import type { PageOptions } from './page/rows.ts'
import { type ServedRequest, type Site, startSite } from './site.ts'
import { connected, SOON } from './use-browsers.ts'

/** How a page is left. */
const WAYS = ['closing the tab', 'navigation'] as const

/**
 * What becomes of a connected page that is left, in either browser.
 *
 * @param mostCalls Requests by which it is told. Firefox may break off the page just after the first, and it is told again.
 * @param sees What the server gets to see of the WebSocket: Firefox closes it before a page that navigates hears of it.
 */
export function describeLeaving(
  browser: () => RealBrowser,
  sees: { readonly [way in (typeof WAYS)[number]]: { readonly code: number; readonly hint: boolean } },
  mostCalls: 1 | 2,
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

  /** Leaves ten pages over HTTP one after the other; what each asked of the server from then on. */
  async function leaveOverHttp(site: Site, way: (typeof WAYS)[number], options: PageOptions) {
    const asked: ServedRequest[][] = []
    for (let i = 0; i < 10; i++) {
      const user = `ada-${i}`
      const tab = await browser().open(site.page({ user, transport: 'http', ...options }))
      await connected(tab)
      // It listens, and has nothing more to say.
      await expect
        .poll(() => site.requests.some((each) => each.user === user && each.path === '/live/listen'), SOON)
        .toBe(true)
      const before = site.requests.length
      const left = way === 'navigation' ? tab.goto(site.elsewhere) : tab.close()
      const phase = async () => (await site.presence.get(user, { as: 'admin' })).connections[0]?.phase
      await expect.poll(phase, SOON).toBe('lost')
      await left
      asked.push(site.requests.slice(before))
      if (way === 'navigation') await tab.close()
    }
    return asked
  }

  it.each(WAYS)(
    'BR-24: over HTTP, %s is told in a request that outlives the page, with the login and at most 1 kB',
    async (way) => {
      await using site = await startSite()
      const asked = await leaveOverHttp(site, way, {})
      for (const [i, requests] of asked.entries()) {
        expect(requests.length).toBeLessThanOrEqual(mostCalls)
        for (const request of requests) {
          expect(request).toMatchObject({ path: '/live/messages', user: `ada-${i}` })
          expect(request.bytes).toBeLessThanOrEqual(1024)
        }
      }
    },
  )

  it.each(WAYS)(
    'BR-24: where such a request is refused, %s is told by a beacon with a token that is good for nothing else',
    async (way) => {
      await using site = await startSite()
      const asked = await leaveOverHttp(site, way, { keepalive: false })
      for (const requests of asked) {
        expect(requests.length).toBeLessThanOrEqual(mostCalls)
        for (const request of requests) {
          expect(request).toMatchObject({ path: '/live/hint', user: null })
          expect(request.bytes).toBeLessThanOrEqual(1024)
        }
      }
    },
  )
}
