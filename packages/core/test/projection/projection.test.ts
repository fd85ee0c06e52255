import { describe, expect, it, vi } from 'vitest'
import {
  createProjection,
  type Presence,
  PresenceError,
  type PresenceEvents,
  type ProjectedState,
  type ProjectionOptions,
} from '../../src/index.ts'
import { createTestCluster } from '../../src/testing.ts'
import { createRows, type Rows } from './rows.ts'

const MINUTE = 60_000

async function setUp(rows: Rows, options: Partial<ProjectionOptions> = {}) {
  const cluster = await createTestCluster({ nodes: 2 })
  // Until then an empty store counts as one that fills again.
  await cluster.advance('2m')
  const [node] = cluster.nodes
  const { store } = cluster
  const listeners: PresenceEvents['change'][] = []
  const presence: Presence = Object.assign(Object.create(node.presence), {
    on(event: 'change', listener: PresenceEvents['change']) {
      if (event === 'change') listeners.push(listener)
      node.presence.on(event, listener)
      return presence
    },
  })
  const emitChange: PresenceEvents['change'] = (change) => {
    for (const listener of listeners) listener(change)
  }
  const projection = createProjection({ presence, store, target: rows, repairEvery: false, ...options })
  const reported: string[] = []
  presence.on('error', ({ code }) => reported.push(code))
  return { cluster, node, other: cluster.nodes[1], presence, projection, store, reported, emitChange }
}

describe('a projection', () => {
  it('writes what others see, one batch after the first change', async () => {
    const rows = createRows('ada', 'bob')
    const { cluster, node } = await setUp(rows)
    await node.connect('ada')
    await node.connect('bob')
    await cluster.advance(999)
    expect(rows.writes).toEqual([])
    await cluster.advance(1)
    expect(rows.writes.map((states) => states.map(({ userId }) => userId))).toEqual([['ada', 'bob']])
    const now = rows.rows.get('ada')?.lastActiveAt
    expect(rows.rows.get('ada')).toMatchObject({ isOnline: true, status: 'online', lastSeenAt: null })
    expect(now).toBeGreaterThan(0)
  })

  it('writes the newest state of a user only', async () => {
    const rows = createRows('ada')
    const { cluster, node } = await setUp(rows)
    const tab = await node.connect('ada')
    await tab.leave()
    await cluster.advance('1s')
    expect(rows.writes.flat()).toHaveLength(1)
    const { lastSeenAt, ...row } = rows.rows.get('ada') ?? {}
    expect(row).toMatchObject({ isOnline: false, status: 'offline', lastActiveAt: lastSeenAt })
    expect(lastSeenAt).toBeGreaterThan(0)
  })

  it('shows who is invisible as offline', async () => {
    const rows = createRows('ada')
    const { cluster, node, presence } = await setUp(rows)
    await node.connect('ada')
    await cluster.advance('1s')
    await presence.claim('ada', { source: 'manual', status: 'invisible' })
    await cluster.advance('1s')
    expect(rows.rows.get('ada')).toMatchObject({ isOnline: false, status: 'offline' })
  })

  it('writes nothing for a change it does not carry', async () => {
    const rows = createRows('ada')
    const { cluster, node, presence } = await setUp(rows)
    await node.connect('ada')
    await cluster.advance('1s')
    await presence.setMessage('ada', { text: 'hello' })
    await cluster.advance('5m')
    expect(rows.writes).toHaveLength(2)
    expect(rows.writes.flat().map(({ status }) => status)).toEqual(['online', 'away'])
  })

  it('keeps what failed, tries again later and later, and reports a row of failures once', async () => {
    const rows = createRows('ada', 'bob')
    const { cluster, node, reported } = await setUp(rows)
    rows.fail = () => {
      throw new Error('no route')
    }
    const tab = await node.connect('ada')
    await cluster.advance('1s')
    await tab.leave()
    await node.connect('bob')
    await cluster.advance('6s')
    expect(rows.writes).toHaveLength(3)
    expect(reported).toEqual(['store-error'])
    rows.fail = null
    await cluster.advance('30s')
    expect(rows.rows.get('ada')).toMatchObject({ isOnline: false, lastSeenAt: expect.any(Number) })
    expect(rows.rows.get('bob')).toMatchObject({ isOnline: true })
  })

  it('halves a batch until the state that cannot be written is alone, and reports it', async () => {
    const users = Array.from({ length: 7 }, (_, i) => `user ${i}`)
    const rows = createRows(...users)
    const { cluster, node, reported } = await setUp(rows)
    rows.fail = (states) => {
      if (states.some(({ userId }) => userId === 'user 3')) throw new PresenceError('limit-exceeded', 'not this one')
    }
    for (const userId of users) await node.connect(userId)
    await cluster.advance('1s')
    expect([...rows.rows.values()].filter(({ isOnline }) => !isOnline).map(({ userId }) => userId)).toEqual(['user 3'])
    expect(reported).toEqual(['limit-exceeded'])
    const before = rows.writes.length
    await cluster.advance('1m')
    expect(rows.writes).toHaveLength(before)
  })

  it('writes what waits when it is closed, and nothing afterwards', async () => {
    const rows = createRows('ada', 'bob')
    const { cluster, node, projection } = await setUp(rows)
    await node.connect('ada')
    await projection.close()
    await projection.close()
    expect(rows.rows.get('ada')).toMatchObject({ isOnline: true })
    await node.connect('bob')
    await cluster.advance('1h')
    expect(rows.rows.get('bob')).toMatchObject({ isOnline: false })
  })

  it('refuses a batch time that is none', () => {
    const presence = { clock: {} } as unknown as ProjectionOptions['presence']
    const wrong = { presence, store: {} as ProjectionOptions['store'], target: createRows(), batchMs: Number.NaN }
    expect(() => createProjection(wrong)).toThrow(/batchMs is NaN/)
  })
})

describe('the repair of a projection', () => {
  it('writes users whom another process connected', async () => {
    const rows = createRows('ada', 'bob')
    const { other, projection } = await setUp(rows)
    await other.connect('ada')
    expect(await projection.repair()).toBe(1)
    expect(rows.rows.get('ada')).toMatchObject({ isOnline: true, status: 'online' })
    expect(await projection.repair()).toBe(0)
    expect(rows.writes).toHaveLength(1)
  })

  it('ends rows of users who left, and of users who were forgotten', async () => {
    const users = Array.from({ length: 300 }, (_, i) => `user ${100 + i}`)
    const rows = createRows(...users)
    const { cluster, other, projection, presence } = await setUp(rows)
    const tabs = []
    for (const userId of users) tabs.push(await other.connect(userId))
    expect(await projection.repair()).toBe(300)
    await tabs[0]?.leave()
    await tabs[1]?.leave()
    await other.presence.forget('user 101')
    expect(await projection.repair()).toBe(1)
    await cluster.advance('1m')
    expect(await projection.repair()).toBe(1)
    expect(rows.rows.get('user 100')).toMatchObject({ isOnline: false, lastSeenAt: expect.any(Number) })
    expect(rows.rows.get('user 101')).toMatchObject({ isOnline: false, lastSeenAt: null })
    expect(await presence.count()).toBe(298)
  })

  it('compares absent users only when asked for all', async () => {
    const rows = createRows('ada')
    const { other, projection } = await setUp(rows)
    const tab = await other.connect('ada')
    await tab.leave()
    expect(await projection.repair()).toBe(0)
    expect(await projection.repair({ all: true })).toBe(1)
    expect(rows.rows.get('ada')).toMatchObject({ lastSeenAt: expect.any(Number) })
  })

  it('runs by itself, and after a node died', async () => {
    const rows = createRows('ada', 'bob')
    const { cluster, other, projection } = await setUp(rows, { repairEvery: '10m' })
    await cluster.advance('2s')
    await other.connect('ada')
    await cluster.advance(9 * MINUTE)
    expect(rows.writes).toEqual([])
    await cluster.advance(MINUTE)
    expect(rows.rows.get('ada')).toMatchObject({ isOnline: true })
    await other.connect('bob')
    other.crash()
    await cluster.advance('90s')
    expect(rows.rows.get('bob')?.epoch).toBeGreaterThan(0)
    await projection.close()
  })

  it('waits while the store is away', async () => {
    const rows = createRows('ada')
    const { cluster, node, projection, store, reported } = await setUp(rows, { repairEvery: '1m' })
    await node.connect('ada')
    await cluster.advance('2s')
    store.away(true)
    await cluster.advance('1m')
    const list = vi.spyOn(store, 'list')
    await cluster.advance('3m')
    expect(list).not.toHaveBeenCalled()
    store.away(false)
    expect(rows.rows.get('ada')).toMatchObject({ isOnline: true })
    expect(reported).not.toContain('listener-error')
    await projection.close()
  })

  it('ends nobody while a store that lost everything is not known as one yet, or fills again', async () => {
    const rows = createRows('ada')
    const { cluster, node, projection, store } = await setUp(rows)
    await node.connect('ada')
    await cluster.advance('2s')
    await store.wipe()
    for (let i = 0; i < 60; i++) {
      expect(await projection.repair()).toBe(0)
      expect(rows.rows.get('ada')).toMatchObject({ isOnline: true })
      await cluster.advance('5s')
    }
  })

  it('ends nobody when the store loses everything during it', async () => {
    const rows = createRows('ada', 'bob')
    const { cluster, node, projection, presence, store } = await setUp(rows)
    for (const userId of ['ada', 'bob']) await node.connect(userId)
    await node.presence.forget('bob')
    await cluster.advance('2s')
    rows.rows.set('bob', { ...(rows.rows.get('ada') as ProjectedState), userId: 'bob' })
    expect(await projection.repair()).toBe(0)
    await cluster.advance('1m')
    const { online } = rows
    rows.online = async function* (limit) {
      for await (const page of online(limit)) {
        await store.wipe()
        Object.defineProperty(presence, 'freshness', { value: { stale: false, warming: true } })
        yield page
      }
    }
    expect(await projection.repair()).toBe(0)
    expect(rows.rows.get('bob')).toMatchObject({ isOnline: true })
  })

  it('knows who is present by another spelling of the id of their row', async () => {
    const rows = createRows('ada')
    rows.rowIdOf = (userId) => userId.toLowerCase()
    const { cluster, other, projection } = await setUp(rows)
    const tab = await other.connect('ADA')
    expect(await projection.repair()).toBe(1)
    for (let i = 0; i < 3; i++) {
      await cluster.advance('1m')
      expect(await projection.repair()).toBe(0)
    }
    expect(rows.rows.get('ada')).toMatchObject({ isOnline: true })
    await tab.leave()
    await projection.repair()
    await cluster.advance('1m')
    expect(await projection.repair()).toBe(1)
    expect(rows.rows.get('ada')).toMatchObject({ isOnline: false })
  })

  it('that is interrupted says so, and is made again', async () => {
    const rows = createRows('ada')
    const { read } = rows
    rows.read = async () => {
      throw new Error('no route')
    }
    const { cluster, other, projection, reported } = await setUp(rows, { repairEvery: '1m' })
    await other.connect('ada')
    await cluster.advance('1m')
    expect(reported).toEqual(['store-error'])
    rows.read = async () => {
      throw new PresenceError('unavailable', 'later')
    }
    await cluster.advance('1m')
    expect(reported).toEqual(['store-error', 'unavailable'])
    rows.read = read
    await cluster.advance('1m')
    expect(rows.rows.get('ada')).toMatchObject({ isOnline: true })
    await expect(Promise.all([projection.repair(), projection.repair()])).resolves.toEqual([0, 0])
    await projection.close()
  })

  it('is made when more changes waited than could be kept', async () => {
    const rows = createRows('ada', 'bob')
    rows.fail = () => {
      throw new PresenceError('unavailable', 'later')
    }
    const { cluster, other, presence, emitChange } = await setUp(rows)
    await other.connect('ada')
    const [change] = [await presence.get('ada')]
    const blank = { ...change, status: 'offline', statusSince: 0, spaces: [] } as const
    for (let i = 0; i <= 100_000; i++) {
      const of = { cause: 'connect', at: 1, nodeId: 'n', connectionId: null, epoch: 1, version: 1 } as const
      const userId = `user ${i}`
      emitChange({ ...of, userId, from: { ...blank, userId }, to: { ...change, userId } })
    }
    const { read } = rows
    rows.read = async () => {
      throw new PresenceError('unavailable', 'later')
    }
    await cluster.advance('10s')
    rows.read = read
    rows.fail = null
    await cluster.advance('30s')
    expect(rows.rows.get('ada')).toMatchObject({ isOnline: true })
  })

  it('leaves records of a newer version of the library alone', async () => {
    const rows = createRows('ada')
    const { other, projection, store } = await setUp(rows)
    await other.connect('ada')
    const [record] = await store.load(['ada'])
    const list: typeof store.list = async () => ({ items: record ? [{ ...record, format: 99 }] : [], next: null })
    const presence = other.presence
    const newer = createProjection({ presence, store: { ...store, list }, target: rows, repairEvery: false })
    expect(await newer.repair()).toBe(0)
    await newer.close()
    expect(await projection.repair()).toBe(1)
  })
})
