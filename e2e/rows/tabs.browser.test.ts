import { expect, it } from 'vitest'
import type { ChromiumTab } from '../browsers/chromium.ts'
import { type Site, startSite } from './site.ts'
import { connected, moveMouse, SOON, useChromium } from './use-browsers.ts'

const IDLE_MS = 2000

const chromium = useChromium()

const idling = () =>
  startSite({
    policy: { idleAfter: IDLE_MS, dormantAfter: false, grace: '1s', hintGrace: '1s' },
  })

async function tabOf(site: Site, user: string): Promise<ChromiumTab> {
  const tab = await chromium().open(site.page({ user, client: { activity: { idleAfter: IDLE_MS } } }))
  await connected(tab)
  return tab
}

const activity = (tab: ChromiumTab) => tab.evaluate(() => window.rows.activity)
const isIdle = async (tab: ChromiumTab) => (await activity(tab)).at(-1)?.idle ?? false

it('BR-07: input in one tab makes the user active in all of the origin, within 100 ms', async () => {
  await using site = await idling()
  const behind = await tabOf(site, 'ada')
  const front = await tabOf(site, 'ada')
  for (const tab of [behind, front]) await expect.poll(() => isIdle(tab), SOON).toBe(true)
  await moveMouse(front)
  await expect.poll(() => isIdle(behind), SOON).toBe(false)
  const [here, there] = await Promise.all([front, behind].map(async (tab) => (await activity(tab)).at(-1)?.at ?? 0))
  expect(Math.abs((there ?? 0) - (here ?? 0))).toBeLessThan(100)
  // And goes on to: as long as there is input in one, none is idle.
  const until = Date.now() + 1.5 * IDLE_MS
  await expect
    .poll(async () => {
      await moveMouse(front)
      return Date.now()
    }, SOON)
    .toBeGreaterThan(until)
  expect(await isIdle(behind)).toBe(false)
  expect((await site.presence.get('ada')).status).toBe('online')
})

it.each(['frozen', 'crashed', 'closed'] as const)(
  'BR-08: a sibling tab that was active when it was %s delays nobody’s idleness',
  async (how) => {
    await using site = await idling()
    const watching = await tabOf(site, 'ada')
    const sibling = await tabOf(site, 'ada')
    await moveMouse(sibling)
    await sibling.evaluate(() => window.rows.client?.keepActive())
    // Held active well past the limit.
    const until = Date.now() + 1.5 * IDLE_MS
    await expect.poll(() => Date.now(), SOON).toBeGreaterThan(until)
    expect(await isIdle(watching)).toBe(false)
    await watching.show()
    const endedAt = Date.now()
    if (how === 'frozen') await sibling.freeze()
    else if (how === 'crashed') await sibling.crash()
    else await sibling.close()
    await expect.poll(() => isIdle(watching), SOON).toBe(true)
    await site.sees('ada', 'away')
    const idleAt = (await activity(watching)).at(-1)?.at ?? 0
    // The last word of the sibling is half a limit old at most; its news reach no further than a limit.
    expect(idleAt - endedAt).toBeLessThan(IDLE_MS + 1000)
  },
)

it('BR-39: two users in two tabs of one origin share no connection and no activity', async () => {
  await using site = await idling()
  const ada = await tabOf(site, 'ada')
  const bo = await tabOf(site, 'bo')
  await site.holds(2)
  await site.sees('ada', 'away')
  const until = Date.now() + 2 * IDLE_MS
  await expect
    .poll(async () => {
      await moveMouse(bo)
      return Date.now()
    }, SOON)
    .toBeGreaterThan(until)
  expect(await isIdle(ada)).toBe(true)
  expect(await isIdle(bo)).toBe(false)
  const changes = (userId: string) =>
    site.changes.filter((change) => change.userId === userId).map(({ status }) => status)
  expect(changes('ada')).toEqual(['online', 'away'])
  expect(changes('bo').at(-1)).toBe('online')
})
