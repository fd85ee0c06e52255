import type { Duration } from '@rollcall/client'
import { describe, expect, it } from 'vitest'
import type { ChromiumTab } from '../browsers/chromium.ts'
import { type Site, startSite } from './site.ts'
import { connected, moveMouse, SOON, useChromium } from './use-browsers.ts'

const chromium = useChromium()

const statuses = ({ changes }: Site) => changes.filter(({ userId }) => userId === 'ada').map(({ status }) => status)

/** Who leads has the only socket of all tabs. */
const isLeader = (tab: ChromiumTab) =>
  tab.evaluate(() => window.rows.instruments.sockets.some(({ socket }) => socket.readyState === WebSocket.OPEN))

/** Tabs of Ada that share, and watch Bo; the first leads. */
async function sharing(site: Site, count: number, idleAfter: Duration = '5m'): Promise<ChromiumTab[]> {
  const tabs: ChromiumTab[] = []
  await connected(await chromium().open(site.page({ user: 'bo' })))
  for (let i = 0; i < count; i++) {
    const tab = await chromium().open(
      site.page({ user: 'ada', share: true, watch: ['bo'], client: { activity: { idleAfter } } }),
    )
    await connected(tab)
    await expect.poll(() => bo(tab), SOON).toMatchObject({ status: 'online' })
    tabs.push(tab)
  }
  return tabs
}

/** A follower's last word of Bo. */
const bo = (tab: ChromiumTab) => tab.evaluate(() => window.rows.seen.findLast(({ userId }) => userId === 'bo'))

/** All followers have a connection, by one of them; nobody saw a change; all still hear of others. */
async function expectHandedOver(
  site: Site,
  tabs: readonly ChromiumTab[],
  since: number,
  withinMs: number,
): Promise<void> {
  await expect.poll(() => site.connections.some(({ openedAt }) => openedAt >= since), SOON).toBe(true)
  const next = site.connections.find(({ openedAt }) => openedAt >= since)
  expect((next?.openedAt ?? 0) - since).toBeLessThan(withinMs)
  for (const tab of tabs) await connected(tab)
  await site.holds(2)
  expect(statuses(site)).toEqual(['online'])
  const leaders = await Promise.all(tabs.map(isLeader))
  expect(leaders.filter((leads) => leads).length).toBe(1)
  // What others do goes on being heard, and nothing of them was lost on the way.
  await site.presence.claim('bo', { source: 'manual', status: 'busy' })
  for (const tab of tabs) {
    await expect.poll(() => bo(tab), SOON).toMatchObject({ status: 'busy', stale: false })
    const seen = await tab.evaluate(() => window.rows.seen.map(({ status }) => status))
    expect([...new Set(seen)]).toEqual(['unknown', 'online', 'busy'])
  }
}

describe('BR-34: tabs that share have one connection', () => {
  it('and another connects within 500 ms once the leader is closed, unseen by others', async () => {
    await using site = await startSite()
    const [leader, ...followers] = await sharing(site, 3)
    if (!leader) throw new Error('no tab')
    expect(await isLeader(leader)).toBe(true)
    expect(site.connections.length).toBe(2)
    const since = Date.now()
    await leader.close()
    await expectHandedOver(site, followers, since, 500)
  })

  it('or once it crashed', async () => {
    await using site = await startSite()
    const [leader, ...followers] = await sharing(site, 3)
    const since = Date.now()
    await leader?.crash()
    // A crash is noticed by the browser in its own time.
    await expectHandedOver(site, followers, since, 1500)
  })
})

describe('BR-35: another tab leads within a second', () => {
  it('once the leader is frozen; thawed, it follows', async () => {
    await using site = await startSite()
    const [leader, ...followers] = await sharing(site, 3)
    if (!leader) throw new Error('no tab')
    const since = Date.now()
    await leader.freeze()
    await expectHandedOver(site, followers, since, 1000)
    await leader.thaw()
    await connected(leader)
    expect(await isLeader(leader)).toBe(false)
    await site.holds(2)
  })

  it('once it is in the back-forward cache; back again, it follows', async () => {
    await using site = await startSite()
    const [leader, ...followers] = await sharing(site, 3)
    if (!leader) throw new Error('no tab')
    const since = Date.now()
    await leader.goto(site.elsewhere)
    await expectHandedOver(site, followers, since, 1000)
    await leader.back()
    await connected(leader)
    expect(await leader.evaluate(() => window.rows.lifecycle.at(-1)?.persisted)).toBe(true)
    expect(await isLeader(leader)).toBe(false)
  })
})

it('BR-36: input of any tab reaches the server by the one that leads', async () => {
  const IDLE_MS = 2000
  await using site = await startSite({ policy: { idleAfter: IDLE_MS, dormantAfter: false } })
  const [leader, follower] = await sharing(site, 2, `${IDLE_MS}ms`)
  if (!leader || !follower) throw new Error('no tab')
  expect(await isLeader(leader)).toBe(true)
  expect(await leader.evaluate(() => document.visibilityState)).toBe('hidden')
  await site.sees('ada', 'away')
  await moveMouse(follower)
  await site.sees('ada', 'online')
  // As long as there is any, however hidden the leader.
  const until = Date.now() + 2 * IDLE_MS
  const before = statuses(site).length
  await expect
    .poll(async () => {
      await moveMouse(follower)
      return Date.now()
    }, SOON)
    .toBeGreaterThan(until)
  expect(statuses(site).length).toBe(before)
  expect(site.connections.length).toBe(2)
  // And so do its wishes.
  await follower.evaluate(() => window.rows.client?.setStatus('dnd'))
  await site.sees('ada', 'dnd')
})

it('BR-39: tabs of different users that each would share never do', async () => {
  await using site = await startSite()
  const [ada] = await sharing(site, 1)
  const cleo = await chromium().open(site.page({ user: 'cleo', share: true }))
  await connected(cleo)
  await site.holds(3)
  await ada?.close()
  await site.holds(2)
  expect(await cleo.evaluate(() => window.rows.client?.me.get().userId)).toBe('cleo')
  expect(await isLeader(cleo)).toBe(true)
})

it('BR-32: locks are released before a page is frozen or cached, and taken again afterwards', async () => {
  await using site = await startSite()
  const [tab] = await sharing(site, 1)
  if (!tab) throw new Error('no tab')
  const watcher = await chromium().open(site.page({ user: 'cleo' }))
  const locks = () =>
    watcher.evaluate(
      async () => (await navigator.locks.query()).held?.filter(({ name }) => name?.includes('ada')).length,
    )
  expect(await locks()).toBeGreaterThan(0)
  await tab.freeze()
  await expect.poll(locks, SOON).toBe(0)
  await tab.thaw()
  await expect.poll(locks, SOON).toBeGreaterThan(0)
  await connected(tab)
  await tab.goto(site.elsewhere)
  await expect.poll(locks, SOON).toBe(0)
  await tab.back()
  await expect.poll(locks, SOON).toBeGreaterThan(0)
  await connected(tab)
})
