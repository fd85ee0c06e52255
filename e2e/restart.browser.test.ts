import { once } from 'node:events'
import { connect } from 'node:net'
import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchOptions } from '../scripts/chromium.ts'
import { type ExampleProcess, startExample } from './example-process.ts'
import { freePort } from './free-port.ts'
import { signIn } from './workspace-page.ts'

let browser: Browser
let demo: ExampleProcess
let env: Record<string, string>

beforeAll(async () => {
  browser = await chromium.launch(launchOptions())
  env = {
    PORT: String(await freePort()),
    ROLLCALL_DEMO_COLLEAGUES: 'off',
    ROLLCALL_DEMO_IDLE_MS: 'off',
    ROLLCALL_DEMO_DORMANT_MS: 'off',
    ROLLCALL_DEMO_SECRET: 'the same before and after the restart',
  }
  demo = await startExample('workspace', env)
})
afterAll(async () => {
  await browser.close()
  await demo.stop()
})

it('stops at once although a browser holds a connection that it has not used yet', async () => {
  const unused = connect(Number(new URL(demo.url).port), 'localhost')
  unused.on('error', () => {
    // It is cut off.
  })
  await once(unused, 'connect')
  const at = Date.now()
  await demo.stop()
  expect(Date.now() - at).toBeLessThan(15_000)
  demo = await startExample('workspace', env)
})

it.each(['SIGTERM', 'SIGKILL'] as const)(
  'a server that is restarted after %s: watchers see "reconnecting", nobody offline, everyone back',
  async (signal) => {
    const ada = await signIn(browser, demo.url, 'ada')
    const bruno = await signIn(browser, demo.url, 'bruno')
    await bruno.sees('ada', 'online')
    await ada.sees('bruno', 'online')
    const seen = [await bruno.watch('ada'), await ada.watch('bruno')]
    await demo.stop(signal)
    for (const person of [ada, bruno]) await person.connectionIs('reconnecting')
    await bruno.byTestId('banner').waitFor()
    demo = await startExample('workspace', env)
    for (const person of [ada, bruno]) await person.connectionIs('connected')
    await bruno.sees('ada', 'online')
    await ada.sees('bruno', 'online')
    await expect
      .poll(() => bruno.byTestId('person-row', { user: 'ada' }).getAttribute('data-stale'), { timeout: 10_000 })
      .not.toBe('true')
    for (const changes of seen) {
      const states = await changes()
      expect(states.map(({ status }) => status)).toEqual(states.map(() => 'online'))
      expect(states.some(({ stale }) => stale)).toBe(true)
    }
    for (const context of browser.contexts()) await context.close()
  },
)
