import { createPresence, type Presence } from '@rollcall/core'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { until } from './ear.ts'
import { createDatabase } from './schema.ts'

const database = createDatabase()
afterAll(() => database[Symbol.asyncDispose]())

const LISTENER = { onSelf() {}, onEnded() {}, probe: async () => true }
const POLICY = {
  grace: '1s',
  hintGrace: '1s',
  drainGrace: '1s',
  sweepEvery: '1s',
  nodeLease: '6s',
  renewEvery: '1s',
} as const

/** Two nodes, each with a handle of its own on one schema. */
async function startTwo(name: string) {
  const stores = [await database.createStore(name), database.createPeer(name)] as const
  const nodes = stores.map((store) => createPresence({ store, policy: POLICY })) as [Presence, Presence]
  for (const node of nodes) await node.start()
  return {
    nodes,
    async [Symbol.asyncDispose]() {
      for (const node of nodes) await node.stop()
      for (const store of stores) await store.close()
    },
  }
}

async function connect(presence: Presence, userId: string, connectionId: string) {
  const viewer = presence.viewerOf({ userId, spaces: ['a'] }, connectionId)
  const spaces = [{ space: 'a', state: null }]
  const listener = { ...LISTENER, describe: () => ({ viewer, spaces }) }
  const request = { viewer, connectionId, spaces, instance: null, resume: null, invisible: null, listener }
  return (await presence.open(request)).connection
}

/** Users whom a watcher of the space on this node was told of. */
async function watch(presence: Presence) {
  const seen = new Set<string>()
  const group = presence.watchers({
    broadcast(_room, message) {
      if (message.type === 'diff') for (const { userId } of message.set) seen.add(userId)
    },
  })
  await group.watch('space:a', 'others', null, () => {})
  return { seen, group }
}

describe('two nodes on one database', () => {
  it('see what happens on each other', async () => {
    await using two = await startTwo('seen')
    const [a, b] = two.nodes
    const tab = await connect(a, 'ada', 'tab 1')
    expect(await b.get('ada')).toMatchObject({ status: 'online', spaces: [{ space: 'a', state: null }] })
    expect((await b.list({ space: 'a' })).users.map(({ userId }) => userId)).toEqual(['ada'])
    expect(await b.counts('a')).toMatchObject({ present: 1, online: 1 })
    await b.claim('ada', { source: 'manual', status: 'busy' })
    expect((await a.get('ada')).status).toBe('busy')
    await tab.leave()
    expect((await b.get('ada')).status).toBe('offline')
  })

  it('end a connection that another node holds', async () => {
    await using two = await startTwo('kicked')
    const [a, b] = two.nodes
    const ended: string[] = []
    const viewer = a.viewerOf({ userId: 'ada' }, 'tab 1')
    await a.open({
      ...{ viewer, connectionId: 'tab 1', spaces: [], instance: null, resume: null, invisible: null },
      listener: { ...LISTENER, describe: () => ({ viewer, spaces: [] }), onEnded: (reason) => ended.push(reason) },
    })
    await b.kick('ada')
    await until(() => ended.length > 0)
    expect(ended).toEqual(['kicked'])
  })

  it('lose nobody and double nobody when users come and go on both at once', async () => {
    await using two = await startTwo('race')
    const [a, b] = two.nodes
    const changes = new Map<string, string[]>()
    for (const node of two.nodes) {
      node.on('change', ({ userId, to }) => changes.set(userId, [...(changes.get(userId) ?? []), to.status]))
    }
    const users = Array.from({ length: 400 }, (_, i) => `user ${1000 + i}`)
    const tabs = await Promise.all(
      users.flatMap((userId) => [connect(a, userId, `${userId}/a`), connect(b, userId, `${userId}/b`)]),
    )
    expect(await a.count({ space: 'a' })).toBe(users.length)
    await Promise.all(tabs.map((tab) => tab.leave()))
    expect(await b.count({ space: 'a' })).toBe(0)
    for (const userId of users) expect(changes.get(userId), userId).toEqual(['online', 'offline'])
  })

  it('refuse the writes of a node that was declared dead, which goes on under another name', async () => {
    await using two = await startTwo('dead')
    const [a] = two.nodes
    const tab = await connect(a, 'ada', 'tab 1')
    const killed = a.nodeId
    const store = database.createPeer('dead')
    await store.removeNode(killed)
    const isBack = async () => a.nodeId !== killed && (await store.usersOf(a.nodeId, null, 10)).items.length > 0
    await vi.waitUntil(isBack, { timeout: 20_000 })
    expect((await store.usersOf(killed, null, 10)).items).toEqual([])
    expect((await a.get('ada')).status).toBe('online')
    await tab.leave()
    expect((await a.get('ada')).status).toBe('offline')
    await store.close()
  })

  it('go on when the server ended all their sessions', async () => {
    await using two = await startTwo('ended')
    const [a, b] = two.nodes
    await connect(a, 'ada', 'tab 1')
    await database.endListening()
    await database.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE pid <> pg_backend_pid() AND query LIKE $1`,
      [`%${database.nameOf('ended')}%`],
    )
    await connect(b, 'bob', 'tab 2')
    const watching = await watch(a)
    await connect(b, 'cyd', 'tab 3')
    await until(() => watching.seen.has('cyd'))
    watching.group.close()
    expect((await a.list({ space: 'a' })).users.map(({ userId }) => userId)).toEqual(['ada', 'bob', 'cyd'])
  })
})
