import { describe, expect, it } from 'vitest'
import { byUser, faultsOf } from './changes.ts'
import { createCluster, troublesOf } from './cluster.ts'
import { inFlight, printFigures, seconds, until, usersOf } from './measure.ts'
import { preparePlace } from './place.ts'

const NODE_LEASE_MS = 6000
const SWEEP_MS = 1000
/** Whoever returns late does so once a whole sweep is over: several times what that takes on a slow store. */
const GRACE_MS = 20_000
/** For a busy machine: timers, and the saves of one sweep. */
const SLACK_MS = 15_000
const policy = { nodeLease: NODE_LEASE_MS, renewEvery: 2000, sweepEvery: SWEEP_MS, grace: GRACE_MS, drainGrace: 5000 }

/** What becomes of the users of the node that is killed. */
const elsewhere = usersOf('elsewhere', 150)
const resume = usersOf('resume', 50)
const returnAtOnce = usersOf('return-at-once', 50)
const returnLate = usersOf('return-late', 50)
const gone = usersOf('gone', 200)
const everybody = [...elsewhere, ...resume, ...returnAtOnce, ...returnLate, ...gone]
const staying = everybody.filter((userId) => !userId.startsWith('gone'))

// They mostly wait: at once they take no longer than one.
describe.concurrent.each(['redis', 'mongo', 'postgres'] as const)(
  '%s: kill -9 of one of three nodes with 500 users',
  (kind) => {
    it('shows nobody offline who is elsewhere or returns, and the others once, in time, whoever sweeps', {
      timeout: 180_000,
    }, async () => {
      await using place = await preparePlace(kind)
      await using cluster = createCluster({ place, policy, timeoutMs: NODE_LEASE_MS / 6 })
      const [killed, a, b] = await Promise.all([cluster.start(), cluster.start(), cluster.start()])
      const survivors = [a, b]
      await Promise.all(survivors.map(({ ask }) => ask.watch()))
      const tokens = new Map<string, string | null>()
      await inFlight(64, everybody, async (userId) => {
        const { resumeToken } = await killed.ask.open({ userId, connectionId: `${userId}-1` })
        tokens.set(userId, resumeToken)
      })
      await inFlight(64, elsewhere, (userId) => a.ask.open({ userId, connectionId: `${userId}-2` }))
      await until('both watchers see all', 20_000, () =>
        survivors.every(({ mirror }) => mirror.size === everybody.length),
      )

      const killedAt = Date.now()
      await killed.stop('SIGKILL')
      const returnTo = (userId: string, token: string | null) =>
        b.ask.open({ userId, connectionId: `${userId}-2`, resume: token })
      let resumed = 0
      await inFlight(32, resume, async (userId) => {
        const { resumed: took } = await returnTo(userId, tokens.get(userId) ?? null)
        if (took) resumed++
      })
      await inFlight(32, returnAtOnce, (userId) => returnTo(userId, null))

      // Besides their own rounds both sweep all the time, at once.
      let isOver = false
      const sweeping = (async () => {
        while (!isOver) await Promise.all(survivors.map(({ ask }) => ask.sweep()))
      })()
      const swept = () => cluster.reports('swept').filter(({ result }) => result.lostUsers > 0)
      await until('a sweep gives up the dead node', NODE_LEASE_MS + SWEEP_MS + SLACK_MS, () => swept().length > 0)
      const sweptAt = swept()[0]?.at ?? 0
      const sweepTookMs = swept()[0]?.result.durationMs ?? 0
      await inFlight(32, returnLate, (userId) => returnTo(userId, null))
      const returnedMs = Date.now() - sweptAt

      const offline = () => cluster.reports('change').filter(({ to }) => to === 'offline')
      await until(
        'the others are offline',
        NODE_LEASE_MS + SWEEP_MS + GRACE_MS + SLACK_MS,
        () => offline().length >= gone.length && survivors.every(({ mirror }) => mirror.size <= staying.length),
      )
      const tookMs = offline().map(({ at }) => at - killedAt)
      isOver = true
      await sweeping
      const idle = await Promise.all([...survivors, ...survivors].map(({ ask }) => ask.sweep()))

      const seenOffline = cluster
        .reports('seen')
        .flatMap(({ users }) => users.filter(([, status]) => status === 'offline'))
      printFigures(`${kind}, kill -9`, {
        'found dead after': seconds(sweptAt - sweepTookMs - killedAt),
        'sweep took': seconds(sweepTookMs),
        'first offline after': seconds(Math.min(...tookMs)),
        'last after': seconds(Math.max(...tookMs)),
        bound: seconds(NODE_LEASE_MS + SWEEP_MS + GRACE_MS),
        'offline events': offline().length,
        resumed,
        'last return after the sweep': seconds(returnedMs),
        sweeps: cluster.reports('swept').length,
      })
      expect(
        offline()
          .map(({ userId }) => userId)
          .sort(),
      ).toEqual([...gone].sort())
      expect(seenOffline.map(([userId]) => userId).sort()).toEqual([...gone, ...gone].sort())
      expect(faultsOf(cluster.reports('change'))).toEqual({ doubled: [], wrong: [] })
      expect([...byUser(cluster.reports('change')).values()].filter((told) => told.length > 2)).toEqual([])
      expect(Math.min(...tookMs)).toBeGreaterThanOrEqual(GRACE_MS)
      expect(Math.max(...tookMs)).toBeLessThan(NODE_LEASE_MS + SWEEP_MS + GRACE_MS + SLACK_MS)
      expect(resumed).toBe(resume.length)
      expect(idle.map(({ due, deadNodes, lostUsers }) => ({ due, deadNodes, lostUsers }))).toEqual(
        idle.map(() => ({ due: 0, deadNodes: 0, lostUsers: 0 })),
      )
      const online = new Map(staying.map((userId) => [userId, 'online']))
      for (const { ask, mirror } of survivors) {
        expect(mirror).toEqual(online)
        expect(new Map(await ask.list())).toEqual(online)
      }
      expect(troublesOf(cluster, { errors: true })).toEqual([])
    })
  },
)
