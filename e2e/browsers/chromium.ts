import type { CDPSession, Page } from 'playwright-core'
import { startChromium } from '../../scripts/chromium.ts'
import { callSource, type RealBrowser, type Tab } from './tab.ts'

export interface ChromiumTab extends Tab {
  /** Mouse and keyboard of the user; navigation goes through {@link Tab}. */
  readonly page: Page
  readonly cdp: CDPSession
  /** What Chromium does to a page that was hidden for long: no task of it runs. */
  freeze(): Promise<void>
  /** Ends {@link freeze}. */
  thaw(): Promise<void>
  /** Its renderer dies. */
  crash(): Promise<void>
}

export interface ChromiumBrowser extends RealBrowser<ChromiumTab> {
  /** Stops every process of the browser, as sleep does. */
  stop(): void
  wakeUp(): void
}

export async function launchChromium(args: readonly string[] = []): Promise<ChromiumBrowser> {
  const { context, browserProcess, ...chromium } = await startChromium(args)
  const signal = (name: 'SIGSTOP' | 'SIGCONT') => {
    if (browserProcess.pid !== undefined) process.kill(-browserProcess.pid, name)
  }
  return {
    name: 'Chromium',
    async open(url) {
      const page = await context.newPage()
      const tab = tabOf(page, await context.newCDPSession(page))
      await tab.goto(url)
      return tab
    },
    stop: () => signal('SIGSTOP'),
    wakeUp: () => signal('SIGCONT'),
    async [Symbol.asyncDispose]() {
      signal('SIGCONT')
      await chromium[Symbol.asyncDispose]()
    },
  }
}

function tabOf(page: Page, cdp: CDPSession): ChromiumTab {
  const freezing = async (state: 'frozen' | 'active') => {
    await cdp.send('Page.setWebLifecycleState', { state })
  }
  return {
    page,
    cdp,
    async goto(url) {
      await page.goto(url)
    },
    async evaluate(run, given) {
      const { result, exceptionDetails } = await cdp.send('Runtime.evaluate', {
        expression: callSource(run, given),
        awaitPromise: true,
      })
      if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text)
      return JSON.parse(result.value)
    },
    async reload() {
      await page.reload()
    },
    async back() {
      const { entries, currentIndex } = await cdp.send('Page.getNavigationHistory')
      const entry = entries[currentIndex - 1]
      if (!entry) throw new Error('There is no page to go back to.')
      await cdp.send('Page.navigateToHistoryEntry', { entryId: entry.id })
    },
    async show() {
      await cdp.send('Page.bringToFront')
    },
    async close() {
      await page.close()
    },
    freeze: () => freezing('frozen'),
    thaw: () => freezing('active'),
    async crash() {
      const crashed = page.waitForEvent('crash')
      cdp.send('Page.crash').catch(() => {})
      await crashed
    },
  }
}
