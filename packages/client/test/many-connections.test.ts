import { expect, it } from 'vitest'
import { createClientCluster } from './client-cluster.ts'
import { valuesOf } from './fake-server.ts'

it('BR-33: a client has a connection of its own, and the user is what any of them is: active before idle before none', async () => {
  await using cluster = await createClientCluster({ nodes: 2, policy: { idleAfter: 60_000, dormantAfter: false } })
  const { clock } = cluster.cluster
  const watcher = cluster.client('watcher')
  const [phone, laptop] = [cluster.client('ada'), cluster.client('ada')]
  for (const client of [watcher, phone, laptop]) void client.connect()
  await clock.advance(100)
  const connections = new Set([phone, laptop].map((client) => client.me.get().connectionId))
  expect(connections.size).toBe(2)
  const ada = watcher.user('ada')
  ada.subscribe(() => {})
  await clock.advance(200)

  phone.idle()
  await clock.advance(1_000)
  expect(ada.get().status).toBe('online')
  laptop.idle()
  await clock.advance(1_000)
  expect(ada.get().status).toBe('away')
  laptop.active()
  await clock.advance(1_000)
  expect(ada.get().status).toBe('online')
  laptop.disconnect()
  await clock.advance(1_000)
  expect(ada.get().status).toBe('away')
  phone.disconnect()
  await clock.advance(1_000)
  expect(ada.get().status).toBe('offline')
})

it('BR-27: a logout ends all connections of its session at once, without grace, and no other', async () => {
  await using cluster = await createClientCluster({ nodes: 2 })
  const { clock } = cluster.cluster
  const watcher = cluster.client('watcher')
  const [first, second, elsewhere] = [cluster.client('ada#s1'), cluster.client('ada#s1'), cluster.client('ada#s2')]
  for (const client of [watcher, first, second, elsewhere]) void client.connect()
  await clock.advance(100)
  const ada = watcher.user('ada')
  ada.subscribe(() => {})
  await clock.advance(200)
  const seen = valuesOf(ada)

  first.logout()
  await clock.advance(1_000)
  expect(second.connection.get()).toMatchObject({ status: 'closed', reason: 'sign-out' })
  expect(elsewhere.connection.get().status).toBe('connected')
  expect(seen).toEqual([])
  elsewhere.logout()
  await clock.advance(1_000)
  expect(ada.get().status).toBe('offline')
})
