import { expect, it } from 'vitest'
import type { ChromiumTab } from '../browsers/chromium.ts'
import { type Site, startSite } from './site.ts'
import { connected, SOON, useChromium } from './use-browsers.ts'

const chromium = useChromium()

async function detecting(site: Site): Promise<ChromiumTab> {
  const tab = await chromium().open(site.page({ user: 'ada' }))
  await connected(tab)
  return tab
}

const machine = (tab: ChromiumTab, isUserActive: boolean, isScreenUnlocked: boolean) =>
  tab.cdp.send('Emulation.setIdleOverride', { isUserActive, isScreenUnlocked })
const detected = (tab: ChromiumTab) => tab.evaluate(() => window.rows.detected.at(-1)?.now ?? null)

it('BR-12: the idle detector of the browser is asked once it is permitted, and says idle and locked', async () => {
  await using site = await startSite()
  const tab = await detecting(site)
  // Not permitted: nothing is thrown, nothing is detected, though less than a minute was asked for.
  await tab.evaluate(() => void window.rows.detectIdle(1000))
  await machine(tab, false, false)
  expect(await detected(tab)).toBeNull()
  const { origin } = new URL(site.page())
  await tab.cdp.send('Browser.grantPermissions', { origin, permissions: ['idleDetection'] })
  await expect.poll(() => detected(tab), SOON).toEqual({ idle: true, locked: true })
  await site.sees('ada', 'away')
  await machine(tab, true, true)
  await expect.poll(() => detected(tab), SOON).toEqual({ idle: false, locked: false })
  await site.sees('ada', 'online')
  await machine(tab, true, false)
  await expect.poll(() => detected(tab), SOON).toEqual({ idle: false, locked: true })
  await tab.cdp.send('Browser.resetPermissions')
  await expect.poll(() => detected(tab), SOON).toBeNull()
})
