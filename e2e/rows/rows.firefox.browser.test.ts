import { describe, expect, it } from 'vitest'
import { describeLeaving } from './leaving.ts'
import { startSite } from './site.ts'
import { connected, SOON, useFirefox } from './use-browsers.ts'

const firefox = useFirefox()

describe('Firefox', () => {
  describeLeaving(
    firefox,
    {
      'closing the tab': { code: 1000, hint: true },
      // The socket is closed before `pagehide`: no word of the page can go out.
      navigation: { code: 1001, hint: false },
    },
    2,
  )

  it('BR-15: a page that another one took the place of is off the roster after the grace, whatever it does not do', async () => {
    const GRACE_MS = 1000
    await using site = await startSite({ policy: { grace: GRACE_MS } })
    const tab = await firefox().open(site.page({ user: 'ada', lifecycle: false }))
    await connected(tab)
    await tab.goto(site.elsewhere)
    await site.sees('ada', 'offline')
    const [connection] = site.connections
    expect(connection?.heard.map(({ type }) => type)).not.toContain('hint')
    const offlineAt = site.changes.at(-1)?.at ?? 0
    expect(offlineAt - (connection?.closedAt ?? 0)).toBeLessThan(GRACE_MS + 1000)
    await tab.close()
  })

  it('BR-31: a socket that closes as the page begins to navigate starts no reconnect in the page that goes', async () => {
    await using site = await startSite()
    for (let round = 1; round <= 6; round++) {
      const user = `ada-${round}`
      const before = site.connections.length
      const tab = await firefox().open(site.page({ user, tellLeaving: true }))
      await connected(tab)
      // While the next page is slow to come this one is there, may be there to stay, and connects again.
      const isSlow = round > 4
      await tab.goto(isSlow ? site.slowElsewhere : site.elsewhere)
      await site.holds(0)
      await expect.poll(() => site.leavings.has(user), SOON).toBe(true)
      const [first, ...more] = site.connections.slice(before)
      const leftAt = site.leavings.get(user) ?? 0
      expect(first?.closed).toBe(1001)
      if (isSlow) expect(more.at(-1)).toMatchObject({ closed: 1000 })
      for (const { openedAt } of more) expect(openedAt).toBeLessThan(leftAt)
      await tab.close()
    }
  })
})
