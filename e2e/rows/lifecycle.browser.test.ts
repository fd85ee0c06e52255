import { describe, expect, it } from 'vitest'
import type { ChromiumTab } from '../browsers/chromium.ts'
import { type ServedConnection, type Site, startSite } from './site.ts'
import { connected, pageTime, SOON, useChromium } from './use-browsers.ts'

const chromium = useChromium()

const heard = ({ heard }: ServedConnection) => heard.map(({ type }) => type)
const statuses = ({ changes }: Site) => changes.map(({ status }) => status)

/** Puts a tab behind another one and freezes it there, as Chromium does with tabs that were hidden for long. */
async function freezeBehind(tab: ChromiumTab, site: Site): Promise<ChromiumTab> {
  const front = await chromium().open(site.elsewhere)
  await tab.freeze()
  return front
}

describe('BR-15: a page whose script does not run is off the roster, whatever its network stack answers', () => {
  const EVERY_MS = 1500
  const GRACE_MS = 1000
  // A client that closes nothing by itself: all there is to go by is the silence.
  const silent = async () => {
    const site = await startSite({
      policy: { grace: GRACE_MS },
      ping: { every: EVERY_MS, answerWithin: EVERY_MS },
    })
    const tab = await chromium().open(site.page({ user: 'ada', lifecycle: false }))
    await connected(tab)
    return { site, tab, connection: site.connections[0] as ServedConnection }
  }
  const goesOffline = async (site: Site, connection: ServedConnection, since: number) => {
    await site.sees('ada', 'offline')
    const offlineAt = site.changes.at(-1)?.at ?? 0
    // One second for whatever a busy machine adds.
    expect(offlineAt - since).toBeLessThan(2 * EVERY_MS + GRACE_MS + 1000)
    expect(connection.pongs.filter((at) => at > since + 300).length).toBeGreaterThan(3)
    expect(statuses(site)).toEqual(['online', 'offline'])
  }

  it('in the back-forward cache', async () => {
    const { site, tab, connection } = await silent()
    await using _ = site
    await tab.goto(site.elsewhere)
    await goesOffline(site, connection, Date.now())
    expect(heard(connection)).not.toContain('hint')
    await tab.back()
    await expect.poll(() => tab.evaluate(() => window.rows?.lifecycle.at(-1)?.persisted), SOON).toBe(true)
  })

  it('frozen', async () => {
    const { site, tab, connection } = await silent()
    await using _ = site
    await freezeBehind(tab, site)
    await goesOffline(site, connection, Date.now())
  })
})

it.each(['websocket', 'socketio'] as const)(
  'BR-23, BR-28: a connected page (%s) goes into the back-forward cache, and is connected within a second of its return, by one new connection',
  async (transport) => {
    await using site = await startSite()
    const tab = await chromium().open(site.page({ user: 'ada', transport }))
    await connected(tab)
    const unloading = await tab.evaluate(() =>
      [...window.rows.instruments.listeners.keys()].filter((name) => name.includes('unload')),
    )
    expect(unloading).toEqual([])
    for (let round = 1; round <= 5; round++) {
      await tab.goto(site.elsewhere)
      await site.holds(0)
      await tab.back()
      await connected(tab)
      await site.holds(1)
      const { shown, wakeUps, at } = await tab.evaluate(() => {
        const { lifecycle, states } = window.rows
        const shown = lifecycle.findLast(({ type }) => type === 'pageshow')
        const hiddenAt = lifecycle.findLast(({ type }) => type === 'pagehide')?.at ?? 0
        const wakeUps = lifecycle.filter(({ at, visible }) => at > hiddenAt && visible).length
        return { shown, wakeUps, at: states.at(-1)?.at ?? 0 }
      })
      expect(shown?.persisted).toBe(true)
      expect(wakeUps).toBeGreaterThan(1)
      expect(at - (shown?.at ?? 0)).toBeLessThan(1000)
      expect(site.connections.length).toBe(round + 1)
    }
    // Nobody saw any of it.
    expect(statuses(site)).toEqual(['online'])
  },
)

it('BR-23, BR-28: so does a page over HTTP with an event stream, by one new connection each time', async () => {
  await using site = await startSite()
  const tab = await chromium().open(site.page({ user: 'ada', transport: 'http', watch: ['ada'] }))
  const connects = () => site.requests.filter(({ path }) => path === '/live/connect').length
  // Of those one session may have no more than five in quick succession.
  for (let round = 1; round <= 4; round++) {
    await connected(tab)
    await expect
      .poll(() => tab.evaluate(() => window.rows.seen.at(-1)), SOON)
      .toMatchObject({ status: 'online', stale: false })
    expect(connects()).toBe(round)
    await tab.goto(site.elsewhere)
    await tab.back()
    await connected(tab)
    const { shown, at } = await tab.evaluate(() => {
      const { lifecycle, states } = window.rows
      return { shown: lifecycle.findLast(({ type }) => type === 'pageshow'), at: states.at(-1)?.at ?? 0 }
    })
    expect(shown?.persisted).toBe(true)
    expect(at - (shown?.at ?? 0)).toBeLessThan(1000)
  }
  expect(statuses(site)).toEqual(['online'])
})

describe('BR-26: what ends within the grace is seen by nobody', () => {
  // Long enough for a second attempt, where the first one met a line that was still cut.
  const HINT_GRACE_MS = 6000
  const GRACE_MS = 6000
  const start = () => startSite({ policy: { hintGrace: HINT_GRACE_MS, grace: GRACE_MS } })

  it('twenty reloads', async () => {
    await using site = await start()
    const tab = await chromium().open(site.page({ user: 'ada' }))
    await connected(tab)
    for (let i = 0; i < 20; i++) {
      await tab.reload()
      if (i % 4 === 0) await connected(tab)
    }
    await connected(tab)
    const [current] = (await site.presence.get('ada', { as: 'admin' })).connections
    // Until the grace of every page before this one is over.
    await expect
      .poll(
        async () =>
          (await site.presence.get('ada', { as: 'admin' })).connections.map(({ connectionId }) => connectionId),
        SOON,
      )
      .toEqual([current?.connectionId])
    await expect.poll(() => Date.now() - (site.connections.at(-1)?.openedAt ?? 0), SOON).toBeGreaterThan(HINT_GRACE_MS)
    expect(statuses(site)).toEqual(['online'])
    expect(site.connections.length).toBeGreaterThan(5)
  })

  it('a cut line', async () => {
    await using site = await start()
    const line = await site.line()
    const tab = await chromium().open(site.page({ user: 'ada' }, line))
    await connected(tab)
    line.cut()
    await site.holds(0)
    line.restore()
    await site.holds(1)
    const closedAt = site.connections[0]?.closedAt ?? 0
    expect(site.connections[0]?.closed).toBe(1006)
    await expect.poll(() => Date.now() - closedAt, SOON).toBeGreaterThan(GRACE_MS + 500)
    expect(statuses(site)).toEqual(['online'])
  })

  it('and what does not, by everybody, once the grace is over', async () => {
    await using site = await start()
    const tab = await chromium().open(site.page({ user: 'ada' }))
    await connected(tab)
    await tab.close()
    await site.sees('ada', 'offline')
    const [connection] = site.connections
    expect((site.changes.at(-1)?.at ?? 0) - (connection?.closedAt ?? 0)).toBeGreaterThan(HINT_GRACE_MS - 200)
  })
})

describe('BR-29: a page that wakes up is connected again', () => {
  it('when all it hears is resume', async () => {
    await using site = await startSite()
    const tab = await chromium().open(site.page({ user: 'ada' }))
    await connected(tab)
    await freezeBehind(tab, site)
    await site.holds(0)
    const since = await tab.evaluate(() => window.rows.lifecycle.length)
    await tab.thaw()
    await connected(tab)
    await site.holds(1)
    const events = await tab.evaluate((from) => window.rows.lifecycle.slice(from), since)
    expect(events).toMatchObject([{ type: 'resume', visible: false }])
  })

  it('when all it hears is pageshow', async () => {
    await using site = await startSite()
    const mute = ['visibilitychange', 'resume', 'focus', 'online']
    const tab = await chromium().open(site.page({ user: 'ada', mute }))
    await connected(tab)
    await tab.goto(site.elsewhere)
    await site.holds(0)
    await tab.back()
    await connected(tab)
    const types = await tab.evaluate(() => window.rows.lifecycle.map(({ type }) => type))
    expect(types.slice(-2)).toEqual(['freeze', 'pageshow'])
  })
})

it('BR-32: a page that is frozen says so and closes its socket before its script stops, and is back once it thaws', async () => {
  await using site = await startSite()
  const tab = await chromium().open(site.page({ user: 'ada' }))
  await connected(tab)
  await freezeBehind(tab, site)
  await site.holds(0)
  const [connection] = site.connections
  expect(connection?.closed).toBe(1000)
  expect(connection && heard(connection).at(-1)).toBe('hint')
  expect(await tab.evaluate(() => window.rows.states.at(-1))).toMatchObject({
    status: 'suspended',
    reason: 'page-frozen',
  })
  // Nothing of the page runs: what it would do at once is not done.
  expect(await pageTime(tab)).toBe('stands still')
  await tab.thaw()
  await connected(tab)
  await site.holds(1)
  expect(statuses(site)).toEqual(['online'])
})

it('BR-56: while the line is cut everybody keeps their last status, stale, and each is fresh again afterwards', async () => {
  await using site = await startSite()
  const line = await site.line()
  const others = ['ada', 'cleo']
  for (const user of others) await connected(await chromium().open(site.page({ user })))
  await site.presence.claim('cleo', { source: 'manual', status: 'busy' })
  const tab = await chromium().open(site.page({ user: 'bo', watch: others }, line))
  const last = () =>
    tab.evaluate(() => {
      const now: Record<string, { status: string; stale: boolean }> = {}
      for (const { userId, status, stale } of window.rows.seen) now[userId] = { status, stale }
      return now
    })
  const both = (stale: boolean) => ({ ada: { status: 'online', stale }, cleo: { status: 'busy', stale } })
  await expect.poll(last, SOON).toEqual(both(false))
  line.cut()
  await expect.poll(last, SOON).toEqual(both(true))
  line.restore()
  await expect.poll(last, SOON).toEqual(both(false))
  const seen = await tab.evaluate(() => window.rows.seen.map(({ userId, status }) => `${userId} ${status}`))
  expect([...new Set(seen)].filter((text) => !text.endsWith('unknown')).sort()).toEqual(['ada online', 'cleo busy'])
})
