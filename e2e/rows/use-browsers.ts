import { afterAll, beforeAll, expect } from 'vitest'
import { type ChromiumBrowser, type ChromiumTab, launchChromium } from '../browsers/chromium.ts'
import { launchFirefox } from '../browsers/firefox.ts'
import type { RealBrowser, Tab } from '../browsers/tab.ts'

/** One Chromium for the tests of a file. */
export function useChromium(args: readonly string[] = []): () => ChromiumBrowser {
  return use(() => launchChromium(args))
}

/** One Firefox for the tests of a file. */
export function useFirefox(): () => RealBrowser {
  return use(launchFirefox)
}

function use<B extends AsyncDisposable>(launch: () => Promise<B>): () => B {
  let browser: B | undefined
  beforeAll(async () => {
    browser = await launch()
  })
  afterAll(() => browser?.[Symbol.asyncDispose]())
  return () => {
    if (!browser) throw new Error('The browser is there for tests alone.')
    return browser
  }
}

/** Machines under load are slow: for whatever is waited for and not measured. */
export const SOON = { timeout: 30_000, interval: 20 }

/** Resolves once the client of a page is connected. */
export async function connected(tab: Tab): Promise<void> {
  await expect.poll(() => tab.evaluate(() => window.rows?.states.at(-1)?.status ?? null), SOON).toBe('connected')
}

/** Input of a user in a tab in front. */
export async function moveMouse(tab: ChromiumTab): Promise<void> {
  await tab.page.mouse.move(5, 5)
  await tab.page.mouse.move(9, 9)
}

/** Whether timers of the page fire. */
export function pageTime(tab: Tab): Promise<'goes on' | 'stands still'> {
  const goesOn = tab.evaluate(() => new Promise<'goes on'>((resolve) => setTimeout(() => resolve('goes on'), 10)))
  goesOn.catch(() => {})
  return Promise.race([
    goesOn,
    new Promise<'stands still'>((resolve) => setTimeout(() => resolve('stands still'), 2500)),
  ])
}
