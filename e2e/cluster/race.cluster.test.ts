import { describe, expect, it } from 'vitest'
import { byUser, faultsOf } from './changes.ts'
import { type ClusterNode, createCluster, troublesOf } from './cluster.ts'
import { inFlight, printFigures, seconds, until, usersOf } from './measure.ts'
import { preparePlace } from './place.ts'

const USERS = 2000
const IN_FLIGHT = 256
/** Each tenth stays, so that the counts at the end are of somebody. */
const STAYS = 10

describe.each(['redis', 'mongo', 'postgres'] as const)(
  '%s: 2,000 users connect and disconnect on two nodes at once',
  (kind) => {
    it('loses nobody, tells of each change once and of none that was not, and counts exactly', {
      timeout: 120_000,
    }, async () => {
      await using place = await preparePlace(kind)
      await using cluster = createCluster({ place })
      const nodes = await Promise.all([cluster.start(), cluster.start()])
      await Promise.all(nodes.map(({ ask }) => ask.watch()))
      const users = usersOf('user', USERS)
      const lost: string[] = []
      /** Whoever has a connection that was acknowledged is online, wherever one asks. */
      const demandOnline = async (userId: string, node: ClusterNode) => {
        const status = await node.ask.status(userId)
        if (status !== 'online') lost.push(`${userId} reads ${status}`)
      }

      const startedAt = performance.now()
      await inFlight(IN_FLIGHT, users, async (userId, i) => {
        const [here, there] = (i % 2 === 0 ? nodes : [...nodes].reverse()) as [ClusterNode, ClusterNode]
        const [a, b] = [`${userId}-a`, `${userId}-b`]
        const openHere = () => here.ask.open({ userId, connectionId: a })
        const openThere = () => there.ask.open({ userId, connectionId: b })
        if (i % 4 < 2) {
          await Promise.all([openHere(), openThere()])
          await here.ask.leave(a)
        } else {
          await openHere()
          await Promise.all([openThere(), here.ask.leave(a)])
        }
        await demandOnline(userId, i % 3 === 0 ? here : there)
        if (i % STAYS !== 0) await there.ask.leave(b)
      })
      const tookMs = performance.now() - startedAt

      const staying = users.filter((_, i) => i % STAYS === 0)
      const changes = () => cluster.reports('change')
      const isSettled = () => nodes.every(({ mirror }) => mirror.size === staying.length)
      await until('watchers on both nodes see those who stay', 30_000, isSettled)
      for (const { ask, mirror } of nodes) {
        expect(await ask.count()).toBe(staying.length)
        expect(new Map(await ask.list())).toEqual(new Map(staying.map((userId) => [userId, 'online'])))
        expect(mirror).toEqual(new Map(staying.map((userId) => [userId, 'online'])))
      }
      // A leave may pass an open by: only then there is one more pair of changes.
      const told = byUser(changes())
      const wrongCount = users.filter((userId, i) => {
        const number = told.get(userId)?.length ?? 0
        const least = i % STAYS === 0 ? 1 : 2
        return number !== least && !(i % 4 >= 2 && number === least + 2)
      })
      const { doubled, wrong } = faultsOf(changes())
      printFigures(`${kind}, race`, {
        users: USERS,
        took: seconds(tookMs),
        'calls per s': Math.round((USERS * (5 - 1 / STAYS) * 1000) / tookMs),
        changes: changes().length,
        lost: lost.length,
        doubled: doubled.length,
        wrong: wrong.length + wrongCount.length,
      })
      expect({ lost, doubled, wrong, wrongCount }).toEqual({ lost: [], doubled: [], wrong: [], wrongCount: [] })
      expect(troublesOf(cluster, { errors: true })).toEqual([])
    })
  },
)
