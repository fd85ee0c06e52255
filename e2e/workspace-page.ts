import type { Browser, BrowserContext, Page } from 'playwright-core'
import { expect } from 'vitest'

/** How long a page may take to show what the server knows: loaded machines are slow, presence is not. */
const SOON = { timeout: 20_000, interval: 50 }

/** One change that a viewer saw of one person. */
export interface SeenChange {
  readonly status: string
  readonly stale: boolean
  readonly atMs: number
}

/** The demo as one signed-in person sees it, in one tab. */
export interface WorkspacePage {
  readonly page: Page
  readonly context: BrowserContext
  status(userId: string): Promise<string | null>
  /** Waits until a person shows a status. */
  sees(userId: string, status: string): Promise<void>
  /** Notes every change of a person's row from now on; the first entry is the present state. */
  watch(userId: string): Promise<() => Promise<readonly SeenChange[]>>
  connectionIs(state: string): Promise<void>
  /** Sets one's own status by the picker; the expiry is one of those it offers. */
  setStatus(choice: string, options?: { readonly forMs?: number }): Promise<void>
  open(hash: string): Promise<void>
  byTestId(name: string, attributes?: Readonly<Record<string, string>>): ReturnType<Page['locator']>
}

function wrap(page: Page): WorkspacePage {
  const byTestId: WorkspacePage['byTestId'] = (name, attributes = {}) =>
    page.locator(
      `[data-testid="${name}"]${Object.entries(attributes)
        .map(([key, value]) => `[data-${key}="${value}"]`)
        .join('')}`,
    )
  const row = (userId: string) => byTestId('person-row', { user: userId })
  const status: WorkspacePage['status'] = (userId) => row(userId).getAttribute('data-status')
  return {
    page,
    context: page.context(),
    byTestId,
    status,
    async sees(userId, wanted) {
      await expect.poll(() => status(userId), { ...SOON, message: `the status of ${userId}` }).toBe(wanted)
    },
    async watch(userId) {
      await row(userId).waitFor()
      // A row stands before anything is known of its person.
      await expect.poll(() => status(userId), SOON).not.toBe('unknown')
      await page.evaluate((id) => {
        const seen: { status: string; stale: boolean; atMs: number }[] = []
        const note = () => {
          const element = document.querySelector<HTMLElement>(`[data-testid="person-row"][data-user="${id}"]`)
          const now = {
            status: element?.dataset.status ?? 'missing',
            stale: element?.dataset.stale === 'true',
            atMs: Date.now(),
          }
          const last = seen.at(-1)
          if (last?.status !== now.status || last.stale !== now.stale) seen.push(now)
        }
        note()
        new MutationObserver(note).observe(document.body, { subtree: true, childList: true, attributes: true })
        Object.assign(window, { [`seen ${id}`]: seen })
      }, userId)
      return () =>
        page.evaluate((id) => (window as unknown as Record<string, SeenChange[]>)[`seen ${id}`] ?? [], userId)
    },
    async connectionIs(state) {
      await expect
        .poll(() => byTestId('workspace').getAttribute('data-connection'), { timeout: 30_000, interval: 50 })
        .toBe(state)
    },
    async setStatus(choice, { forMs } = {}) {
      await byTestId('me').click()
      await byTestId('status-picker').waitFor()
      if (forMs !== undefined) await byTestId('status-expiry').selectOption(String(forMs))
      await byTestId('status-option', { status: choice }).click()
      await page.keyboard.press('Escape')
    },
    async open(hash) {
      await page.evaluate((to) => {
        location.hash = to
      }, hash)
    },
  }
}

/** Signs a person in, in a browser context of their own unless one is given. */
export async function signIn(
  browser: Browser,
  url: string,
  userId: string,
  context?: BrowserContext,
): Promise<WorkspacePage> {
  const page = await (context ?? (await browser.newContext({ viewport: { width: 1280, height: 900 } }))).newPage()
  await page.goto(url)
  const workspace = page.locator('[data-testid="workspace"]')
  const choice = page.locator(`[data-testid="login-person"][data-user="${userId}"]`)
  await workspace.or(choice).first().waitFor()
  if (await choice.isVisible()) await choice.click()
  const wrapped = wrap(page)
  await wrapped.connectionIs('connected')
  await wrapped.byTestId('directory').waitFor()
  return wrapped
}

/** Another tab with the same login. */
export async function openSecondTab(person: WorkspacePage): Promise<WorkspacePage> {
  await person.open('#/people?side=connection')
  const opened = person.context.waitForEvent('page')
  await person.byTestId('second-tab').click()
  const second = wrap(await opened)
  await second.connectionIs('connected')
  return second
}
