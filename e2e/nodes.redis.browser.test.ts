import { type Browser, chromium } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { launchOptions } from '../scripts/chromium.ts'
import { type ExampleProcess, startExample } from './example-process.ts'
import { signIn, type WorkspacePage } from './workspace-page.ts'

const GRACE_MS = 5000
const LEASE_MS = 6000
const SWEEP_MS = 5000

let browser: Browser
let demo: ExampleProcess

beforeAll(async () => {
  browser = await chromium.launch(launchOptions())
  const env = {
    PORT: '0',
    // A server of its own: what another run left behind is not to be seen.
    REDIS_URL: '',
    ROLLCALL_DEMO_COLLEAGUES: 'off',
    ROLLCALL_DEMO_IDLE_MS: 'off',
    ROLLCALL_DEMO_DORMANT_MS: 'off',
    ROLLCALL_DEMO_GRACE_MS: String(GRACE_MS),
    ROLLCALL_DEMO_NODE_LEASE_MS: String(LEASE_MS),
  }
  demo = await startExample('workspace', env, ['demo.ts', '--store', 'redis', '--nodes', '3'])
})
afterAll(async () => {
  await browser.close()
  await demo.stop()
})
beforeEach(async () => {
  for (const context of browser.contexts()) await context.close()
})

const settle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Signs an admin in, who looks at the nodes. */
async function signInAtPanel(userId: string): Promise<WorkspacePage> {
  const admin = await signIn(browser, demo.url, userId)
  await admin.open('#/people?side=nodes')
  await admin.byTestId('node').first().waitFor()
  return admin
}

/** The node that holds somebody, as the panel says; nodes that died hold nobody. */
function holderOf(admin: WorkspacePage, userId: string): Promise<string | null> {
  const up = admin.byTestId('node', { state: 'up' })
  return up
    .filter({ has: admin.byTestId('node-person', { user: userId }) })
    .getAttribute('data-node', { timeout: 15_000 })
}

const kill = (admin: WorkspacePage, name: string) =>
  admin.byTestId('node', { node: name }).getByRole('button', { name: 'Kill' }).click()

it('a node killed in the panel: its people move to another, and nobody sees them go', async () => {
  const bruno = await signInAtPanel('bruno')
  const ada = await signIn(browser, demo.url, 'ada')
  await bruno.sees('ada', 'online')
  const first = await holderOf(bruno, 'ada')
  expect(first).not.toBe(await holderOf(bruno, 'bruno'))
  const seen = await bruno.watch('ada')

  await kill(bruno, first ?? '')
  await bruno.byTestId('node', { node: first ?? '', state: 'killed' }).waitFor()
  const second = await holderOf(bruno, 'ada')
  expect(second).not.toBe(first)
  await ada.connectionIs('connected')
  await ada.open('#/people?side=connection')
  await ada.byTestId('held-by', { node: second ?? '' }).waitFor()

  // Until the lease of the dead node ran out, its users were swept, and their grace was over.
  await settle(LEASE_MS + SWEEP_MS + GRACE_MS)
  expect(await seen()).toMatchObject([{ status: 'online', stale: false }])
  expect(
    await bruno
      .byTestId('node', { node: first ?? '' })
      .getByTestId('node-person')
      .count(),
  ).toBe(0)

  await bruno
    .byTestId('node', { node: first ?? '' })
    .getByRole('button', { name: 'Start' })
    .click()
  await bruno.byTestId('node', { node: first ?? '', state: 'up' }).waitFor()
  await signIn(browser, demo.url, 'chiara')
  expect(await holderOf(bruno, 'chiara')).toBe(first)
})

it('whoever looks on at a node that is killed moves too, and sees the others as last known meanwhile', async () => {
  const bruno = await signInAtPanel('bruno')
  const ada = await signIn(browser, demo.url, 'ada')
  await bruno.sees('ada', 'online')
  const [mine, hers] = [await bruno.watch('ada'), await ada.watch('bruno')]
  const holder = await holderOf(bruno, 'bruno')
  await kill(bruno, holder ?? '')
  await bruno.connectionIs('reconnecting')
  await bruno.connectionIs('connected')
  expect(await holderOf(bruno, 'bruno')).not.toBe(holder)
  await expect
    .poll(() => bruno.byTestId('person-row', { user: 'ada' }).getAttribute('data-stale'), { timeout: 10_000 })
    .not.toBe('true')
  for (const seen of [await mine(), await hers()])
    expect(seen.map(({ status }) => status)).toEqual(seen.map(() => 'online'))
})

it('what the application says reaches people on every node; the nodes are for admins', async () => {
  const people = [
    await signIn(browser, demo.url, 'ada'),
    await signIn(browser, demo.url, 'chiara'),
    await signIn(browser, demo.url, 'dev'),
  ]
  for (const person of people) {
    await person.open('#/channel/general')
    await person.byTestId('composer').waitFor()
  }
  const [ada, chiara, dev] = people as [WorkspacePage, WorkspacePage, WorkspacePage]
  await chiara.page.getByTestId('composer').fill('Hello from one node')
  await chiara.byTestId('send').click()
  for (const { byTestId } of [ada, dev]) await byTestId('chat-message', { user: 'chiara' }).waitFor()
  await dev.byTestId('logout').click()
  await ada.open('#/people')
  await ada.sees('dev', 'offline')
  expect(await chiara.byTestId('tab', { tab: 'nodes' }).count()).toBe(0)
  expect(await ada.byTestId('tab', { tab: 'nodes' }).count()).toBe(1)
})
