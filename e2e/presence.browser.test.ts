import { type Browser, chromium } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { launchOptions } from '../scripts/chromium.ts'
import { type ExampleProcess, startExample } from './example-process.ts'
import { createLine, type Line } from './line.ts'
import { openSecondTab, signIn, type WorkspacePage } from './workspace-page.ts'

const HINT_GRACE_MS = 5000
const GRACE_MS = 6000

let browser: Browser
let demo: ExampleProcess
let line: Line

beforeAll(async () => {
  browser = await chromium.launch(launchOptions())
})
afterAll(() => browser.close())

beforeEach(async () => {
  demo = await startExample('workspace', {
    PORT: '0',
    ROLLCALL_DEMO_COLLEAGUES: 'off',
    ROLLCALL_DEMO_IDLE_MS: 'off',
    ROLLCALL_DEMO_DORMANT_MS: 'off',
    ROLLCALL_DEMO_GRACE_MS: String(GRACE_MS),
    ROLLCALL_DEMO_HINT_GRACE_MS: String(HINT_GRACE_MS),
  })
  line = await createLine(Number(new URL(demo.url).port))
})
afterEach(async () => {
  for (const context of browser.contexts()) await context.close()
  await line[Symbol.asyncDispose]()
  await demo.stop()
})

/** Bruno watches; Ada comes and goes. */
async function adaAndBruno(): Promise<{ ada: WorkspacePage; bruno: WorkspacePage }> {
  const bruno = await signIn(browser, demo.url, 'bruno')
  const ada = await signIn(browser, `http://localhost:${line.port}`, 'ada')
  await bruno.sees('ada', 'online')
  return { ada, bruno }
}

const settle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('two people in two browsers', () => {
  it('see each other come', async () => {
    const bruno = await signIn(browser, demo.url, 'bruno')
    await bruno.sees('ada', 'offline')
    const ada = await signIn(browser, demo.url, 'ada')
    await bruno.sees('ada', 'online')
    await ada.sees('bruno', 'online')
  })

  it('with two tabs open stay online until the last one is closed, and then for the grace, not less', async () => {
    const { ada, bruno } = await adaAndBruno()
    const second = await openSecondTab(ada)
    const seen = await bruno.watch('ada')
    await second.page.close({ runBeforeUnload: false })
    await settle(HINT_GRACE_MS + 1500)
    expect(await seen()).toMatchObject([{ status: 'online', stale: false }])
    const closedAt = Date.now()
    await ada.page.close()
    await bruno.sees('ada', 'offline')
    const offline = (await seen()).at(-1)
    expect((offline?.atMs ?? 0) - closedAt).toBeGreaterThanOrEqual(HINT_GRACE_MS - 100)
  })

  it('see nothing of twenty reloads', async () => {
    const { ada, bruno } = await adaAndBruno()
    const seen = await bruno.watch('ada')
    for (let i = 0; i < 20; i++) {
      await ada.page.reload({ waitUntil: 'domcontentloaded' })
      if (i % 4 === 0) await ada.connectionIs('connected')
    }
    await ada.connectionIs('connected')
    await settle(HINT_GRACE_MS + 1500)
    expect(await seen()).toMatchObject([{ status: 'online', stale: false }])
  })

  it('see a logout at once', async () => {
    const { ada, bruno } = await adaAndBruno()
    const second = await openSecondTab(ada)
    const at = Date.now()
    await ada.byTestId('logout').click()
    await bruno.sees('ada', 'offline')
    expect(Date.now() - at).toBeLessThan(HINT_GRACE_MS)
    await second.byTestId('login').waitFor()
  })

  it('see a crashed page go after the grace', async () => {
    const { ada, bruno } = await adaAndBruno()
    const session = await ada.context.newCDPSession(ada.page)
    const at = Date.now()
    session.send('Page.crash').catch(() => {})
    await bruno.sees('ada', 'offline')
    expect(Date.now() - at).toBeGreaterThanOrEqual(GRACE_MS - 100)
  })
})

describe('a network', () => {
  it('that is cut and comes back within the grace is resumed, and nobody else sees a thing', async () => {
    const { ada, bruno } = await adaAndBruno()
    const seen = await bruno.watch('ada')
    const mine = await ada.watch('bruno')
    line.cut()
    await ada.connectionIs('reconnecting')
    await ada.byTestId('banner').waitFor()
    await settle(500)
    line.restore()
    // As a browser says it whose network is back; else the next attempt may come after the grace.
    await ada.page.evaluate(() => window.dispatchEvent(new Event('online')))
    await ada.connectionIs('connected')
    await settle(GRACE_MS + 1000)
    expect(await seen()).toMatchObject([{ status: 'online', stale: false }])
    const own = await mine()
    expect(own.map(({ status }) => status)).toEqual(own.map(() => 'online'))
    expect(own.map(({ stale }) => stale)).toEqual([false, true, false])
  })

  it('that stays away takes the person offline, and coming back brings them online', async () => {
    const { ada, bruno } = await adaAndBruno()
    line.cut()
    await bruno.sees('ada', 'offline')
    await ada.sees('bruno', 'online')
    line.restore()
    await bruno.sees('ada', 'online')
    await ada.connectionIs('connected')
  })
})

describe('what a person says of themself', () => {
  it('is busy until it expires', async () => {
    const { ada, bruno } = await adaAndBruno()
    const at = Date.now()
    await ada.setStatus('busy', { forMs: 15_000 })
    await bruno.sees('ada', 'busy')
    await ada.page.mouse.move(200, 200)
    await ada.page.keyboard.press('a')
    await expect.poll(() => bruno.status('ada'), { timeout: 25_000, interval: 100 }).toBe('online')
    expect(Date.now() - at).toBeGreaterThanOrEqual(14_500)
  })

  it('is invisible to everybody but admins, wherever they look', async () => {
    const { ada } = await adaAndBruno()
    const chiara = await signIn(browser, demo.url, 'chiara')
    await chiara.sees('ada', 'online')
    await ada.setStatus('invisible')
    await chiara.sees('ada', 'offline')
    await expect.poll(() => ada.byTestId('me').getAttribute('data-hidden')).toBe('true')
    await chiara.open('#/channel/general')
    await chiara.byTestId('members').waitFor()
    expect(await chiara.byTestId('member', { user: 'ada' }).count()).toBe(0)
    await ada.open('#/channel/general')
    await ada.page.getByTestId('composer').pressSequentially('shh', { delay: 20 })
    await settle(500)
    expect(
      await chiara
        .byTestId('typing')
        .getAttribute('data-users')
        .catch(() => ''),
    ).not.toContain('ada')
  })
})

describe('a channel', () => {
  it('shows who types, and stops by itself', async () => {
    const { ada, bruno } = await adaAndBruno()
    for (const person of [ada, bruno]) {
      await person.open('#/channel/general')
      await person.byTestId('composer').waitFor()
    }
    await ada.page.getByTestId('composer').pressSequentially('hello', { delay: 20 })
    await bruno.byTestId('typing', { users: 'ada' }).waitFor()
    await expect.poll(() => bruno.byTestId('typing', { users: 'ada' }).count(), { timeout: 15_000 }).toBe(0)
  })
})
