import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { launchOptions } from '../scripts/chromium.ts'
import { type ExampleProcess, startExample } from './example-process.ts'
import { signIn } from './workspace-page.ts'

const IDLE_MS = 6000

let browser: Browser
let demo: ExampleProcess

beforeAll(async () => {
  browser = await chromium.launch(launchOptions())
  demo = await startExample('workspace', {
    PORT: '0',
    ROLLCALL_DEMO_COLLEAGUES: 'off',
    ROLLCALL_DEMO_IDLE_MS: String(IDLE_MS),
    ROLLCALL_DEMO_DORMANT_MS: 'off',
  })
})
afterAll(async () => {
  await browser.close()
  await demo.stop()
})

it('a person without input turns away, and input in another tab brings them back', async () => {
  const ada = await signIn(browser, demo.url, 'ada')
  const second = await signIn(browser, demo.url, 'ada', ada.context)
  const bruno = await signIn(browser, demo.url, 'bruno')
  await second.page.mouse.move(100, 100)
  await second.page.mouse.move(110, 110)
  await bruno.sees('ada', 'online')
  const seen = await bruno.watch('ada')
  await bruno.sees('ada', 'away')
  await second.page.mouse.move(300, 300)
  await second.page.mouse.move(310, 310)
  await bruno.sees('ada', 'online')
  expect((await seen()).map(({ status }) => status)).toEqual(['online', 'away', 'online'])
  // Why: the panel of a person lists the causes.
  await ada.open('#/people?person=ada')
  for (const cause of ['idle', 'activity']) await ada.byTestId('timeline-entry', { cause }).first().waitFor()
})

it('scrolling by a script, and a resized window, are not input', async () => {
  const ada = await signIn(browser, demo.url, 'ada')
  const bruno = await signIn(browser, demo.url, 'bruno')
  await ada.page.mouse.move(10, 10)
  await ada.page.mouse.move(20, 20)
  await bruno.sees('ada', 'online')
  const seen = await bruno.watch('ada')
  const stop = Date.now() + IDLE_MS + 3000
  for (let size = 800; Date.now() < stop; size += 5) {
    await ada.page.evaluate(() => window.scrollTo(0, document.body.scrollHeight * Math.random()))
    await ada.page.setViewportSize({ width: 1200 + (size % 60), height: 800 })
    await ada.page.waitForTimeout(200)
  }
  await bruno.sees('ada', 'away')
  expect((await seen()).map(({ status }) => status)).toEqual(['online', 'away'])
})
