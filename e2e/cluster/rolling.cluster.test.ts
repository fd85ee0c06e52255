import { socketio } from '@rollcall/adapter-socketio/client'
import { createPresenceClient } from '@rollcall/client'
import { describe, expect, it } from 'vitest'
import { freePort } from '../free-port.ts'
import { createBalancer } from './balancer.ts'
import { inWords } from './changes.ts'
import { type ClusterNode, createCluster, troublesOf } from './cluster.ts'
import { printFigures, seconds, until, usersOf } from './measure.ts'
import { SPACE } from './node-protocol.ts'
import { preparePlace } from './place.ts'

const users = usersOf('user', 300)
/** Clients that watch everybody, besides the watcher on a node that stays. */
const VIEWERS = 5
/** Several times what it takes until 300 clients are back, on a busy machine too. */
const DRAIN_GRACE_MS = 20_000
const policy = { nodeLease: 9000, renewEvery: 3000, sweepEvery: 1000, grace: 4000, drainGrace: DRAIN_GRACE_MS }

// One after the other: where processors are scarce, 900 clients at once wait for a welcome until they give up.
describe.each(['redis', 'mongo', 'postgres'] as const)(
  '%s: SIGTERM to three nodes in turn under 300 clients',
  (kind) => {
    it('shows nobody offline: each client is back on another node before its grace ends', {
      timeout: 180_000,
    }, async () => {
      await using place = await preparePlace(kind)
      await using cluster = createCluster({ place, policy, timeoutMs: 1500 })
      const ports = [await freePort(), await freePort(), await freePort()]
      const [observer, ...serving] = await Promise.all([
        cluster.start(),
        ...ports.map((port) => cluster.start({ port })),
      ])
      await observer.ask.watch()
      await using balancer = await createBalancer(ports)
      await using stack = new AsyncDisposableStack()
      const clients = users.map((userId) => {
        const url = `http://127.0.0.1:${balancer.port}`
        const transport = socketio({ url, transports: ['websocket'] })
        const client = createPresenceClient({
          transport,
          token: userId,
          lifecycle: null,
          storage: null,
          activity: false,
        })
        stack.defer(() => client.dispose())
        return client
      })
      const offline: string[] = []
      for (const viewer of clients.slice(0, VIEWERS)) {
        viewer.users({ space: SPACE }).subscribe(() => {})
        viewer.on('change', ({ userId, status }) => {
          if (status === 'offline' || status === 'unknown') offline.push(`${userId} seen ${status}`)
        })
      }
      const areConnected = () => clients.every((client) => client.connection.get().status === 'connected')
      const showsAll = (viewer: (typeof clients)[number]) =>
        viewer
          .users({ space: SPACE })
          .get()
          .filter(({ status, stale }) => status === 'online' && !stale).length === users.length
      for (const client of clients) void client.connect()
      await until('all are connected', 60_000, () => areConnected() && observer.mirror.size === users.length)
      await until('viewers see all', 20_000, () => clients.slice(0, VIEWERS).every(showsAll))
      const changesBefore = cluster.reports('change').length

      const drainMs: number[] = []
      const backMs: number[] = []
      const nodes: ClusterNode[] = [...serving]
      for (const [i, port] of ports.entries()) {
        const stoppedAt = performance.now()
        await nodes[i]?.stop('SIGTERM')
        drainMs.push(performance.now() - stoppedAt)
        const [node] = await Promise.all([
          cluster.start({ port }),
          until('all are back', 30_000, areConnected).then(() => backMs.push(performance.now() - stoppedAt)),
        ])
        nodes[i] = node
      }
      // Whoever had not come back would be missing once the grace of the last node and a sweep are over.
      const restartedAt = performance.now()
      await until(
        'all graces are over',
        DRAIN_GRACE_MS + 3000,
        () => performance.now() - restartedAt > DRAIN_GRACE_MS + 1500,
      )

      const seenOffline = cluster
        .reports('seen')
        .flatMap(({ users }) => users.filter(([, status]) => status === 'offline'))
      const changes = cluster.reports('change').slice(changesBefore)
      const held = await Promise.all(nodes.map(async ({ ask }) => (await ask.state()).held))
      printFigures(`${kind}, rolling restart`, {
        clients: users.length,
        drained: drainMs.map(seconds).join('/'),
        'all back after': backMs.map(seconds).join('/'),
        'seen offline': seenOffline.length + offline.length,
        changes: changes.length,
        'held at the end': held.join('/'),
      })
      expect([offline, seenOffline, changes.map(inWords)]).toEqual([[], [], []])
      expect(held.reduce((sum, count) => sum + count, 0)).toBe(users.length)
      expect(await observer.ask.count()).toBe(users.length)
      expect(observer.mirror.size).toBe(users.length)
      await until('viewers see all', 20_000, () => clients.slice(0, VIEWERS).every(showsAll))
      expect(troublesOf(cluster)).toEqual([])
    })
  },
)
