import { afterEach, expect, it } from 'vitest'
import { startSite } from './site.ts'
import { sleep } from './sleep.ts'
import { connected, moveMouse, SOON, useChromium } from './use-browsers.ts'

const chromium = useChromium()
afterEach(() => chromium().wakeUp())

it('BR-06: who slept past the idle limit is idle within 1.5 s of waking, without any input', async () => {
  const IDLE_MS = 4000
  await using site = await startSite({ policy: { idleAfter: IDLE_MS, dormantAfter: false } })
  const tab = await chromium().open(site.page({ user: 'ada', client: { activity: { idleAfter: IDLE_MS } } }))
  await connected(tab)
  await moveMouse(tab)
  expect(await tab.evaluate(() => window.rows.client?.activity.get().idle)).toBe(false)
  const wokeAt = await sleep(chromium(), 2 * IDLE_MS)
  await expect.poll(() => tab.evaluate(() => window.rows.activity.at(-1)?.idle), SOON).toBe(true)
  const idleAt = await tab.evaluate(() => window.rows.activity.at(-1)?.at ?? 0)
  expect(idleAt - wokeAt).toBeLessThan(1500)
  expect(idleAt).toBeGreaterThanOrEqual(wokeAt)
  expect((await site.presence.get('ada')).status).toBe('away')
})

/** More than three intervals of the client's look at the clock: for a visible page that is a sleep. */
const SLEEP_MS = 17_000

it('BR-20: after a sleep the client asks whether the server is still there before it trusts the socket, which stays', async () => {
  await using site = await startSite()
  const tab = await chromium().open(site.page({ user: 'ada' }))
  await connected(tab)
  const [connection] = site.connections
  const wokeAt = await sleep(chromium(), SLEEP_MS)
  const asked = () => connection?.heard.find(({ type, at }) => type === 'query' && at >= wokeAt)
  await expect.poll(asked, SOON).toBeDefined()
  // By a timer of the page, which is due at once.
  expect((asked()?.at ?? 0) - wokeAt).toBeLessThan(3000)
  expect(await tab.evaluate(() => window.rows.states.map(({ status }) => status))).toEqual(['connecting', 'connected'])
  expect(site.connections.length).toBe(1)
})

it('BR-21: a peer that died during the sleep is noticed within 3 s of waking, though the socket says open, and another is found', async () => {
  await using site = await startSite({ policy: { grace: '60s' } })
  const line = await site.line()
  const tab = await chromium().open(site.page({ user: 'ada' }, line))
  await connected(tab)
  const sleeping = sleep(chromium(), SLEEP_MS)
  line.forget()
  const wokeAt = await sleeping
  expect(await tab.evaluate(() => window.rows.instruments.sockets.at(-1)?.socket.readyState)).toBe(WebSocket.OPEN)
  await expect.poll(() => tab.evaluate(() => window.rows.states.at(-2)?.reason), SOON).toBe('silent')
  await connected(tab)
  const noticedAt = await tab.evaluate(() => window.rows.states.find(({ reason }) => reason === 'silent')?.at ?? 0)
  // The deadline of the answer, and what a page needs to run again.
  expect(noticedAt - wokeAt).toBeLessThan(3000 + 1000)
  expect(await tab.evaluate(() => window.rows.states.map(({ status }) => status))).toEqual([
    'connecting',
    'connected',
    'reconnecting',
    'connected',
  ])
  expect(site.changes.map(({ status }) => status)).toEqual(['online'])
})
