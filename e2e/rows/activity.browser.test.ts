import { expect, it } from 'vitest'
import type { ChromiumTab } from '../browsers/chromium.ts'
import { type Site, startSite } from './site.ts'
import { connected, moveMouse, SOON, useChromium } from './use-browsers.ts'

const IDLE_MS = 1500
/** Of a tab that is hidden: its report of an input may be half of it, and a timer that runs once a second, late. */
const HIDDEN_IDLE_MS = 5000

const chromium = useChromium()

const idling = (idleAfter = IDLE_MS) => startSite({ policy: { idleAfter, dormantAfter: false } })

/** A page of Ada whose client and server agree on when she is idle. */
async function ada(
  site: Site,
  activity: { trustedOnly?: boolean; iframes?: 'count' | 'ignore'; idleAfter?: number } = {},
) {
  const tab = await chromium().open(
    site.page({ user: 'ada', client: { activity: { idleAfter: IDLE_MS, ...activity } } }),
  )
  await connected(tab)
  return tab
}

const statuses = ({ changes }: Site) => changes.map(({ status }) => status)

/** Does something for twice as long as it takes to be idle, and more. */
async function meanwhile(what: () => Promise<unknown>): Promise<void> {
  const end = Date.now() + 2 * IDLE_MS
  while (Date.now() < end) {
    await what()
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

it('BR-01: listens to input on the window alone, first and passive, once for any number of listeners, until disposed of', async () => {
  await using site = await idling()
  const tab = await ada(site)
  const input = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove', 'blur']
  const listeners = () => tab.evaluate(() => [...window.rows.instruments.listeners])
  await tab.evaluate(() => {
    for (let i = 0; i < 10; i++) window.rows.client?.activity.subscribe(() => {})
  })
  const passive = (await listeners()).filter(([name]) => name.endsWith('passive'))
  expect(passive.sort()).toEqual(input.map((type) => [`window ${type} capture passive`, 1]).sort())
  await tab.evaluate(() => window.rows.client?.dispose())
  expect(await listeners()).toEqual([])
})

it('BR-02: scrolling by a script, a resized window and a layout that moves under the pointer leave an idle user idle', async () => {
  await using site = await idling()
  const tab = await ada(site)
  await moveMouse(tab)
  await site.sees('ada', 'away')
  const { windowId } = await tab.cdp.send('Browser.getWindowForTarget')
  let size = 600
  await meanwhile(async () => {
    size += 7
    await tab.cdp.send('Browser.setWindowBounds', { windowId, bounds: { width: 800, height: size } })
    await tab.evaluate((height) => {
      const tall = document.querySelector('#tall') as HTMLElement
      tall.style.height = `${height * 9}px`
      window.scrollTo(0, height)
      document.querySelector<HTMLElement>('#field')?.focus()
    }, size)
  })
  expect(await tab.evaluate(() => window.scrollY)).toBeGreaterThan(0)
  expect(statuses(site)).toEqual(['online', 'away'])
  await moveMouse(tab)
  await site.sees('ada', 'online')
})

it('BR-03: input that the application stops on its way counts', async () => {
  await using site = await idling()
  const tab = await ada(site)
  await site.sees('ada', 'away')
  await tab.evaluate(() => {
    for (const type of ['keydown', 'pointermove', 'pointerdown']) {
      document.addEventListener(type, (event) => event.stopImmediatePropagation(), true)
    }
  })
  await tab.page.keyboard.press('a')
  await site.sees('ada', 'online')
})

it('BR-04: events made by a script do not count, unless trustedOnly is false', async () => {
  await using site = await idling()
  const script = (tab: ChromiumTab) =>
    tab.evaluate(() => {
      for (const type of ['keydown', 'pointermove', 'wheel']) window.dispatchEvent(new Event(type, { bubbles: true }))
    })
  const strict = await ada(site)
  await site.sees('ada', 'away')
  await meanwhile(() => script(strict))
  expect(statuses(site)).toEqual(['online', 'away'])
  await strict.close()
  const lenient = await ada(site, { trustedOnly: false })
  await site.sees('ada', 'online')
  await site.sees('ada', 'away')
  await script(lenient)
  await site.sees('ada', 'online')
})

it.each(['count', 'ignore'] as const)(
  'BR-10: a focused iframe, whose input nobody sees, is taken by the policy: %s',
  async (iframes) => {
    await using site = await idling()
    const tab = await ada(site, { iframes })
    await tab.page.frameLocator('#frame').locator('p').click()
    expect(await tab.evaluate(() => document.activeElement?.tagName)).toBe('IFRAME')
    if (iframes === 'count') {
      await meanwhile(async () => {})
      expect(statuses(site)).toEqual(['online'])
      // Only while the document has the focus.
      const other = await chromium().open(site.elsewhere)
      await site.sees('ada', 'away')
      await other.close()
    } else {
      await site.sees('ada', 'away')
    }
  },
)

it('BR-13: a hidden tab is neither idle nor offline: away after the idle limit and not before, then away for good', async () => {
  await using site = await idling(HIDDEN_IDLE_MS)
  const tab = await ada(site, { idleAfter: HIDDEN_IDLE_MS })
  await moveMouse(tab)
  const movedAt = await tab.evaluate(() => Date.now())
  const other = await chromium().open(site.elsewhere)
  expect(await tab.evaluate(() => document.visibilityState)).toBe('hidden')
  await site.sees('ada', 'away')
  await meanwhile(async () => {})
  expect(statuses(site)).toEqual(['online', 'away'])
  expect((site.changes.at(-1)?.at ?? 0) - movedAt).toBeGreaterThan(HIDDEN_IDLE_MS - 500)
  await site.holds(1)
  await other.close()
})

it('BR-19: the client runs under default-src ‘self’, without a worker', async () => {
  await using site = await idling()
  const tab = await ada(site)
  await tab.evaluate(() => window.rows.client?.setStatus('busy'))
  await site.sees('ada', 'busy')
  const seen = await tab.evaluate(() => {
    const { violations, instruments } = window.rows
    // That the policy is in force at all.
    const inline = document.createElement('script')
    inline.textContent = 'window.ranInline = true'
    document.body.append(inline)
    return { before: [...violations], workers: instruments.workers, ranInline: 'ranInline' in window }
  })
  expect(seen).toEqual({ before: [], workers: [], ranInline: false })
})

it('BR-38: there is no mode with a SharedWorker, which would keep answering for a frozen tab', async () => {
  await using site = await idling()
  const tab = await ada(site)
  expect(await tab.evaluate(() => window.rows.instruments.workers)).toEqual([])
  const targets = await tab.cdp.send('Target.getTargets')
  expect(targets.targetInfos.filter(({ type }) => type.includes('worker'))).toEqual([])
})

it('BR-64: a hundred clients, connected and disposed of, leave no timer, listener, channel or lock', async () => {
  await using site = await idling()
  const tab = await chromium().open(site.page({ user: 'ada', start: false }))
  const held = () =>
    tab.evaluate(async () => {
      const { listeners, timers, channels, locks } = window.rows.instruments
      const held = await navigator.locks.query()
      return {
        listeners: [...listeners],
        timers: timers.size,
        channels,
        locks: locks + (held.held?.length ?? 0) + (held.pending?.length ?? 0),
      }
    })
  const before = await held()
  await tab.evaluate(async () => {
    for (let i = 0; i < 100; i++) {
      const client = window.rows.make()
      const unsubscribe = client.user('bruno').subscribe(() => {})
      // Half of them before they are connected.
      const ready = client.connect()
      if (i % 2 === 0) await ready
      client.dispose()
      unsubscribe()
    }
  })
  await site.holds(0)
  await expect.poll(held, SOON).toEqual(before)
  expect(before).toEqual({ listeners: [], timers: 0, channels: 0, locks: 0 })
})
