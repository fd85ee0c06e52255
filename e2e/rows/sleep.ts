import { expect } from 'vitest'
import type { ChromiumBrowser } from '../browsers/chromium.ts'

/** The whole browser stands still for so long, as with a lid that is shut. Returns when it woke up. */
export async function sleep(browser: ChromiumBrowser, ms: number): Promise<number> {
  browser.stop()
  const until = Date.now() + ms
  await expect.poll(() => Date.now(), { timeout: ms + 30_000, interval: 50 }).toBeGreaterThanOrEqual(until)
  const wokeAt = Date.now()
  browser.wakeUp()
  return wokeAt
}
