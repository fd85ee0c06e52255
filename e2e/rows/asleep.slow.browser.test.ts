import { expect, it } from 'vitest'
import { startSite } from './site.ts'
import { sleep } from './sleep.ts'
import { connected, moveMouse, SOON, useChromium } from './use-browsers.ts'

const chromium = useChromium()

it('BR-06: after a stop of 40 s with a limit of 20 s the user is idle within 1.5 s of waking, without input', async () => {
  await using site = await startSite({ policy: { idleAfter: '20s', dormantAfter: false } })
  const tab = await chromium().open(site.page({ user: 'ada', client: { activity: { idleAfter: '20s' } } }))
  await connected(tab)
  await moveMouse(tab)
  const wokeAt = await sleep(chromium(), 40_000)
  await expect.poll(() => tab.evaluate(() => window.rows.activity.at(-1)?.idle), SOON).toBe(true)
  const idleAt = await tab.evaluate(() => window.rows.activity.at(-1)?.at ?? 0)
  expect(idleAt - wokeAt).toBeLessThan(1500)
  expect((await site.presence.get('ada')).status).toBe('away')
})

it('BR-20: a hidden page that slept for more than 75 s asks whether the server is still there', async () => {
  await using site = await startSite({ policy: { grace: '5m' }, ping: { every: '5m', answerWithin: '1m' } })
  const tab = await chromium().open(site.page({ user: 'ada' }))
  await connected(tab)
  await chromium().open(site.elsewhere)
  const [connection] = site.connections
  const wokeAt = await sleep(chromium(), 85_000)
  const asked = () => connection?.heard.find(({ type, at }) => type === 'query' && at >= wokeAt)
  await expect.poll(asked, SOON).toBeDefined()
  expect((asked()?.at ?? 0) - wokeAt).toBeLessThan(5000)
  expect(await tab.evaluate(() => window.rows.states.map(({ status }) => status))).toEqual(['connecting', 'connected'])
})
