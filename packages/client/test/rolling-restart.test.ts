import { expect, it } from 'vitest'
import { createClientCluster } from './client-cluster.ts'

const USERS = 300
/** Clients that watch everybody, besides one watcher on each node. */
const VIEWERS = 10
const userIds = Array.from({ length: USERS }, (_, i) => `user-${i}`)

it('a rolling restart of three nodes under 300 clients shows nobody offline at any instant', {
  timeout: 20_000,
}, async () => {
  await using rig = await createClientCluster({ nodes: 3 })
  const { cluster, servers } = rig
  const offline: string[] = []
  const changes: string[] = []
  const watchNode = async ({ node }: (typeof servers)[number]) => {
    node.presence.on('change', ({ userId, to, cause }) => changes.push(`${userId} ${to.status} ${cause}`))
    const watcher = await node.watch('space:default')
    return () => {
      for (const message of watcher.messages) {
        if (message.type === 'diff') offline.push(...message.gone.map((userId) => `${userId} gone`))
      }
    }
  }
  const looks = await Promise.all(servers.map(watchNode))

  const clients = userIds.map((userId) => rig.client(userId))
  for (const client of clients) {
    void client.connect()
    await cluster.advance(7)
  }
  for (const viewer of clients.slice(0, VIEWERS)) {
    viewer.users({ space: 'default' }).subscribe(() => {})
    viewer.on('change', ({ userId, status }) => {
      if (status === 'offline' || status === 'unknown') offline.push(`${userId} seen ${status}`)
    })
  }
  await cluster.advance('1m')
  expect(await servers[0]?.node.presence.count()).toBe(USERS)
  expect(changes).toHaveLength(USERS)
  changes.length = 0

  for (const server of [...servers]) {
    const { held } = server.node.presence
    expect(held).toBeGreaterThan(0)
    const welcomesBefore = rig.welcomes.total
    await server.stop()
    // The others take over while there is one node less.
    await cluster.advance('3s')
    looks.push(await watchNode(await rig.startServer()))
    await cluster.advance('20s')
    expect(rig.welcomes.total - welcomesBefore).toBe(held)
  }
  // Whoever had not come back would be found missing once the drain grace and a sweep are over.
  await cluster.advance('90s')

  for (const look of looks) look()
  expect([offline, changes]).toEqual([[], []])
  expect(clients.filter((client) => client.connection.get().status !== 'connected')).toEqual([])
  expect(rig.welcomes.resumed).toBe(rig.welcomes.total - USERS)
  const users = await servers[0]?.node.presence.getMany(userIds, { as: 'admin' })
  expect(users?.filter(({ status, connections }) => status !== 'online' || connections.length !== 1)).toEqual([])
  for (const viewer of clients.slice(0, VIEWERS)) {
    const seen = viewer.users({ space: 'default' }).get()
    expect(seen.filter(({ status, stale }) => status === 'online' && !stale)).toHaveLength(USERS)
  }
})
