import type { PresenceClient, PresenceClientOptions } from '@rollcall/client'
import { sharedTabs } from '@rollcall/client/tabs'
import type { ClientTransport, TransportLink } from '@rollcall/core/protocol'
import { expect } from 'vitest'
import { type ClientCluster, createClientCluster } from './client-cluster.ts'
import { createFakeBrowser, type FakeTab } from './fake-browser.ts'
import { type ManualLifecycle, manualLifecycle } from './manual-lifecycle.ts'

/** One tab with its client. */
export interface OpenTab {
  readonly client: PresenceClient
  readonly page: FakeTab
  readonly lifecycle: ManualLifecycle
  /** Its script stops, its sockets close. */
  crash(): void
}

/** A browser whose tabs share, a server, and somebody who watches from elsewhere. */
export async function createScene({ nodes = 1, messageMs = 1 } = {}) {
  const cluster = await createClientCluster({ nodes })
  const { clock } = cluster.cluster
  const browser = createFakeBrowser(clock, messageMs)
  const tabs: OpenTab[] = []
  let opened = 0
  const transport = (sockets: Set<TransportLink>): ClientTransport => {
    const inner = cluster.transport()
    return {
      ...inner,
      open(listener) {
        opened++
        const link = inner.open(listener)
        sockets.add(link)
        return link
      },
    }
  }
  const open = (userId = 'ada', rest: Partial<PresenceClientOptions> = {}) => {
    const page = browser.tab()
    const lifecycle = manualLifecycle()
    const sockets = new Set<TransportLink>()
    const index = tabs.length
    let ids = 0
    const client = cluster.client(userId, {
      lifecycle,
      transport: sharedTabs(transport(sockets), {
        userId,
        clock,
        platform: page,
        randomId: () => `tab${index}.${ids++}`,
      }),
      ...rest,
    })
    const made: OpenTab = {
      client,
      page,
      lifecycle,
      crash() {
        page.crash()
        for (const socket of sockets) socket.close()
      },
    }
    tabs.push(made)
    void client.connect()
    return made
  }
  const tab = async (...args: Parameters<typeof open>) => {
    const made = open(...args)
    await clock.advance(100)
    expect(made.client.connection.get().status).toBe('connected')
    return made
  }
  const viewer = cluster.client('viewer')
  await Promise.all([viewer.connect(), clock.advance(50)])
  const connections = async (userId = 'ada') => {
    const seen = await cluster.servers[0]?.node.presence.get(userId, { as: 'admin' })
    return seen?.connections.filter(({ phase }) => phase !== 'lost') ?? []
  }
  return {
    cluster,
    clock,
    open,
    tab,
    viewer,
    connections,
    get opened() {
      return opened
    },
    [Symbol.asyncDispose]: () => (cluster as ClientCluster)[Symbol.asyncDispose](),
  }
}
