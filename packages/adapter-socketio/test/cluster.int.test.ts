import { memoryStore } from '@rollcall/core'
import type { Namespace, Server } from 'socket.io'
import { expect, it } from 'vitest'
import { runningServer } from './running-server.ts'

type AdapterClass = new (
  namespace: Namespace,
) => { broadcast(packet: unknown, options: { readonly flags?: { readonly local?: boolean } }): void }

/** Cluster adapters in one process: what one broadcasts every other one broadcasts too, unless it is `local`. */
function fakeCluster(): (io: Server) => void {
  const members: { deliver(packet: unknown, options: object): void }[] = []
  return (io) => {
    const InMemory = io.of('/').adapter.constructor as AdapterClass
    class ClusterAdapter extends InMemory {
      constructor(namespace: Namespace) {
        super(namespace)
        members.push({ deliver: (packet, options) => super.broadcast(structuredClone(packet), options) })
      }
      override broadcast(packet: unknown, options: { readonly flags?: { readonly local?: boolean } }) {
        if (options.flags?.local) super.broadcast(packet, options)
        else for (const { deliver } of members) deliver(packet, options)
      }
    }
    io.adapter(ClusterAdapter as never)
  }
}

it('a cluster adapter never multiplies what presence sends', async () => {
  const store = memoryStore()
  const prepare = fakeCluster()
  await using one = await runningServer({ prepare, presence: { store } })
  await using two = await runningServer({ prepare, presence: { store } })
  const eve = await one.page()
  const bob = await two.page()
  for (const [page, token] of [
    [eve, 'eve'],
    [bob, 'bob'],
  ] as const) {
    page.hello(token)
    await page.next('welcome')
    page.send({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }] })
    await page.next('snapshot')
    await page.settled()
  }
  // The cluster is one: what the application emits here arrives there.
  const news = new Promise((resolve) => bob.socket.once('news', resolve))
  one.io.emit('news', 'hot')
  expect(await news).toBe('hot')

  const ada = await two.page()
  ada.hello('ada')
  for (const page of [eve, bob]) {
    for (;;) if ((await page.next('diff')).set.some(({ userId }) => userId === 'ada')) break
    await page.settled()
    const told = page.heard.flatMap((message) =>
      message.type === 'diff' ? message.set.filter(({ userId }) => userId === 'ada') : [],
    )
    expect(told).toHaveLength(1)
  }
})
