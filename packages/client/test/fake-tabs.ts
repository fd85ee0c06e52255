import { createPresenceClient, type PresenceClient, type PresenceClientOptions } from '@rollcall/client'
import { type SharedTabsOptions, sharedTabs } from '@rollcall/client/tabs'
import type { VirtualClock } from '@rollcall/core/testing'
import { createFakeBrowser, type FakeBrowser, type FakeTab } from './fake-browser.ts'
import { createFakeServer, type FakeServer } from './fake-server.ts'

/** Tabs of one user that share a connection to a fake server. */
export interface FakeTabs extends Disposable {
  readonly server: FakeServer
  readonly clock: VirtualClock
  readonly browser: FakeBrowser
  /** A tab that connects; what was sent until then is forgotten. */
  tab(
    options?: Partial<PresenceClientOptions>,
    shared?: Partial<SharedTabsOptions>,
  ): Promise<PresenceClient & { readonly page: FakeTab }>
}

/** Where the tabs hear each other. */
export const ROOM = 'rollcall-tabs:[1,"memory","me"]'

export function createFakeTabs(): FakeTabs {
  const server = createFakeServer()
  const { clock } = server
  const browser = createFakeBrowser(clock)
  const clients: PresenceClient[] = []
  let ids = 0
  return {
    server,
    clock,
    browser,
    async tab(options = {}, shared = {}) {
      const page = browser.tab()
      const transport = sharedTabs(server.transport, {
        userId: 'me',
        clock,
        platform: page,
        randomId: () => `tab${++ids}`,
        ...shared,
      })
      const client = createPresenceClient({
        transport,
        clock,
        activity: false,
        lifecycle: null,
        storage: null,
        random: () => 0.5,
        ...options,
      })
      clients.push(client)
      void client.connect()
      await clock.advance(100)
      server.sent.length = 0
      return Object.assign(client, { page })
    },
    [Symbol.dispose]() {
      for (const client of clients) client.dispose()
    },
  }
}
