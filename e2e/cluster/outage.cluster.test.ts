import { describe, expect, it } from 'vitest'
import { type OwnServer, startOwn } from '../../scripts/services/own-server.ts'
import { faultsOf } from './changes.ts'
import { type Cluster, type ClusterNode, createCluster, NodeFailure, troublesOf } from './cluster.ts'
import { inFlight, printFigures, seconds, until, usersOf } from './measure.ts'
import { onRedis, preparePlace } from './place.ts'
import { SERVER_OF, type StoreKind } from './stores.ts'

const OUTAGE_MS = 20_000
const NODE_LEASE_MS = 6000
const RECONCILE_MS = 6000
const GRACE_MS = 4000
const REFILL_MS = 2 * RECONCILE_MS
/** For a busy machine. */
const SLACK_MS = 6000
const policy = {
  nodeLease: NODE_LEASE_MS,
  renewEvery: 2000,
  sweepEvery: 1000,
  grace: GRACE_MS,
  // A store that lost everything is filled again within one reconciliation: nobody is taken for gone before two.
  drainGrace: REFILL_MS,
  reconcileEvery: RECONCILE_MS,
}

const kinds: readonly { name: string; kind: StoreKind; durable: boolean }[] = [
  { name: 'redis', kind: 'redis', durable: true },
  { name: 'redis that keeps nothing (node-redis)', kind: 'node-redis', durable: false },
  { name: 'mongo', kind: 'mongo', durable: true },
  { name: 'postgres', kind: 'postgres', durable: true },
]

/** What users do while the store is away. */
const quiet = usersOf('quiet', 120)
const leaving = usersOf('leaving', 30)
const losing = usersOf('losing', 30)
const claiming = usersOf('claiming', 30)
const coming = usersOf('coming', 30)
const claimed = usersOf('claimed', 30)
const here = [...quiet, ...leaving, ...losing, ...claiming, ...claimed]

/** Whoever the store shows as others see them, once everything is right; those who lost their transport go later. */
const expected = new Map<string, string>([
  ...[...quiet, ...coming].map((userId) => [userId, 'online'] as const),
  ...[...claiming, ...claimed].map((userId) => [userId, 'busy'] as const),
])

// They mostly wait: at once they take no longer than one.
describe.concurrent.each(kinds)('$name: stopped for 20 s and started again', ({ name, kind, durable }) => {
  it('throws nothing into the application, is marked stale, shows nobody offline, and is right within one reconciliation', {
    timeout: 150_000,
  }, async () => {
    await using server = await startOwn(SERVER_OF[kind], { durable, clustered: kind === 'mongo' })
    const place = await preparePlace(kind, server.url)
    await using cluster = createCluster({ place, policy, timeoutMs: NODE_LEASE_MS / 6 })
    const nodes = await Promise.all([cluster.start(), cluster.start(), cluster.start()])
    const nodeOf = (userId: string) => nodes[Number(userId.split('-')[1]) % nodes.length] as ClusterNode
    const open = (userId: string) => nodeOf(userId).ask.open({ userId, connectionId: userId })
    await inFlight(64, here, open)
    await inFlight(64, claimed, (userId) => nodeOf(userId).ask.claim(userId, 'busy'))
    await Promise.all(nodes.map(({ ask }) => ask.watch()))
    await until('all are fresh', 40_000, () => areAll(nodes, ({ stale, warming }) => !stale && !warming))
    const before = cluster.reports('change').length

    const outage = await stopFor(OUTAGE_MS, server, cluster, nodes, nodeOf)
    const backAt = Date.now()
    // Whoever could not connect tries again, as a client does.
    await inFlight(8, coming, (userId) => retried(() => open(userId)))
    // Of a store that forgot everybody nobody knows at once who left meanwhile.
    const rightMs = await rightAfter(backAt, nodes, durable ? ['losing'] : ['losing', 'leaving'])
    const areGone = async () => {
      const lists = await Promise.all(nodes.map(({ ask }) => ask.list()))
      return lists.every((list) => list.length === expected.size) && mirrorsEqual(nodes, expected)
    }
    await until('those who went are offline', 2 * NODE_LEASE_MS + REFILL_MS + GRACE_MS + SLACK_MS, areGone)
    const goneMs = Date.now() - backAt

    const offline = offlineIn(cluster)
    const ended = new Set([...leaving, ...losing])
    printFigures(`${name}, away for ${seconds(outage.tookMs)}`, {
      'stale after': seconds(Math.max(0, outage.staleMs)),
      'calls refused': outage.refused,
      'fresh after': seconds(freshAfter(cluster, backAt)),
      'right after': seconds(rightMs),
      'all who went are gone after': seconds(goneMs),
      'seen offline who are not': offline.filter((userId) => !ended.has(userId)).length,
      thrown: cluster.reports('threw').length,
      changes: cluster.reports('change').length - before,
    })
    expect(troublesOf(cluster)).toEqual([])
    expect(offline.filter((userId) => !ended.has(userId))).toEqual([])
    expect(rightMs).toBeLessThan(RECONCILE_MS + SLACK_MS)
    // A store that forgot everybody tells of those who come back, who never went for anybody else.
    if (durable) expect(faultsOf(cluster.reports('change'))).toEqual({ doubled: [], wrong: [] })
    expect(cluster.reports('ended').filter(({ reason }) => reason !== 'lapsed')).toEqual([])

    if (kind === 'redis') await wipe(server, cluster, nodes)
  })
})

/** Stops a server, does what must not throw meanwhile, and starts it again. */
async function stopFor(
  outageMs: number,
  server: OwnServer,
  cluster: Cluster,
  nodes: readonly ClusterNode[],
  nodeOf: (userId: string) => ClusterNode,
) {
  const startedAt = performance.now()
  await server.stop()
  const stoppedAt = Date.now()
  await until('all are stale', NODE_LEASE_MS, () => areAll(nodes, ({ stale }) => stale))
  const staleMs = Math.max(...cluster.reports('freshness').map(({ at }) => at)) - stoppedAt
  const told = cluster.reports('told').filter(({ stale }) => stale)
  expect(new Set(told.map(({ node }) => node)).size).toBe(nodes.length)

  const refusals = await Promise.all([
    ...leaving.map((userId) => refusalOf(nodeOf(userId).ask.leave(userId))),
    ...losing.map((userId) => nodeOf(userId).ask.lose(userId)),
    ...quiet.map((userId) => nodeOf(userId).ask.activity(userId)),
    ...claiming.map((userId) => refusalOf(nodeOf(userId).ask.claim(userId, 'busy'))),
    ...coming.map((userId) => refusalOf(nodeOf(userId).ask.open({ userId, connectionId: `${userId}-refused` }))),
    ...quiet.map((userId) => refusalOf(nodeOf(userId).ask.status(userId))),
    ...nodes.map(({ ask }) => refusalOf(ask.list())),
    ...nodes.map(({ ask }) => refusalOf(ask.sweep(), 'held off')),
  ])
  const codes = new Set(refusals.filter((code) => code !== undefined))
  expect([...codes].filter((code) => !['unavailable', 'store-error', 'held off'].includes(`${code}`))).toEqual([])
  // Whoever watches keeps what was known.
  for (const { mirror } of nodes) expect(mirror.size).toBe(here.length)
  await until('the outage is over', outageMs + 1000, () => performance.now() - startedAt >= outageMs)
  for (const { mirror } of nodes) expect(mirror.size).toBe(here.length)
  await server.start()
  return { tookMs: performance.now() - startedAt, staleMs, refused: refusals.filter(Boolean).length }
}

/** Empties a server whose connections stay. */
async function wipe(server: OwnServer, cluster: Cluster, nodes: readonly ClusterNode[]): Promise<void> {
  const [seenBefore, warmBefore] = [offlineIn(cluster).length, warmIn(cluster)]
  await onRedis(server.url, (client) => client.flushall())
  const wipedAt = Date.now()
  const rightMs = await rightAfter(wipedAt, nodes, [])
  await until('the store counts as filled again', 40_000, () =>
    areAll(nodes, ({ stale, warming }) => !stale && !warming),
  )
  const warmMs = Date.now() - wipedAt
  printFigures('redis, FLUSHALL', {
    'right after': seconds(rightMs),
    'warm after': seconds(warmMs),
    'seen offline': offlineIn(cluster).length - seenBefore,
    thrown: cluster.reports('threw').length,
  })
  expect(warmIn(cluster) - warmBefore).toBeGreaterThanOrEqual(nodes.length)
  expect(offlineIn(cluster).length).toBe(seenBefore)
  expect(mirrorsEqual(nodes, expected)).toBe(true)
  expect(rightMs).toBeLessThan(RECONCILE_MS + SLACK_MS)
  expect(troublesOf(cluster)).toEqual([])
}

/** How long it took until every node reads and shows what it should; some users aside, who go later. */
async function rightAfter(since: number, nodes: readonly ClusterNode[], aside: readonly string[]): Promise<number> {
  const without = (standings: Iterable<readonly [string, string]>) =>
    new Map([...standings].filter(([userId]) => !aside.includes(userId.split('-')[0] as string)))
  const isRight = async () => {
    if (!nodes.every(({ mirror }) => sameMap(without(mirror), expected))) return false
    const lists = await Promise.all(nodes.map(({ ask }) => ask.list().catch(() => [])))
    return lists.every((list) => sameMap(without(list), expected)) && areAll(nodes, ({ stale }) => !stale)
  }
  await until('everything is right', 60_000, isRight)
  return Date.now() - since
}

const mirrorsEqual = (nodes: readonly ClusterNode[], wanted: ReadonlyMap<string, string>) =>
  nodes.every(({ mirror }) => sameMap(mirror, wanted))

const sameMap = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>) =>
  a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)

async function areAll(
  nodes: readonly ClusterNode[],
  are: (freshness: { stale: boolean; warming: boolean }) => boolean,
): Promise<boolean> {
  const states = await Promise.all(nodes.map(({ ask }) => ask.state()))
  return states.every(({ freshness }) => are(freshness))
}

/** Users whom a watcher was shown as offline. */
const offlineIn = (cluster: Cluster): readonly string[] =>
  cluster
    .reports('seen')
    .flatMap(({ users }) => users.filter(([, status]) => status === 'offline').map(([userId]) => userId))

const warmIn = (cluster: Cluster) => cluster.reports('freshness').filter(({ warming }) => warming).length

/** When the last node was fresh again for the first time. */
function freshAfter(cluster: Cluster, since: number): number {
  const first = new Map<ClusterNode, number>()
  for (const { node, at, stale } of cluster.reports('freshness')) {
    if (!stale && at > since && !first.has(node)) first.set(node, at)
  }
  return Math.max(0, ...first.values()) - since
}

/** The code of the error with which a call was refused; `undefined` if it was not. */
async function refusalOf(call: Promise<unknown>, otherwise?: string): Promise<string | null | undefined> {
  try {
    await call
    return otherwise
  } catch (error) {
    return error instanceof NodeFailure ? error.code : `${error}`
  }
}

async function retried(work: () => Promise<unknown>): Promise<void> {
  await until('a refused call is taken', 60_000, () =>
    work().then(
      () => true,
      () => false,
    ),
  )
}
