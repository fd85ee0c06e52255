import { EventEmitter } from 'eventemitter3'
import { PresenceError } from '../errors.ts'
import { viewOf } from '../machine/index.ts'
import { type PresenceOptions, resolveOptions } from '../options.ts'
import { noTelemetry } from '../telemetry.ts'
import { systemClock } from '../time/clock.ts'
import { resolveAccess } from './access.ts'
import { createAudit } from './audit.ts'
import { createClusterChanges } from './cluster-changes.ts'
import { createConnections } from './connections.ts'
import { createFeed } from './feed.ts'
import { createFreshness } from './freshness.ts'
import { createHeldDigest } from './held-digest.ts'
import { lastChange } from './last-change.ts'
import { createLease } from './lease.ts'
import { createLeased } from './leased.ts'
import { createLedger } from './ledger.ts'
import { createNodeLife } from './node-life.ts'
import { createOpenings } from './openings.ts'
import type { Presence, PresenceEvents } from './presence.ts'
import { randomId as platformRandomId } from './random-id.ts'
import { createReader } from './reader.ts'
import { createReads } from './reads.ts'
import { createResumption } from './resumption.ts'
import { createRosters } from './rosters.ts'
import type { Saved } from './saved.ts'
import { createStoreTime } from './store-time.ts'
import { createSweeper } from './sweeper.ts'
import { createViewerOf } from './viewer.ts'
import { createWrites } from './writes.ts'

/**
 * The presence of an application's users, on this node. Nothing happens before `start`: until then it reads, and serves
 * requests by `touch`. Throws `invalid-option` for settings that cannot work, naming both values.
 */
export function createPresence(options: PresenceOptions): Presence {
  const resolved = resolveOptions(options)
  const {
    store,
    clock = systemClock,
    telemetry = noTelemetry,
    randomId = platformRandomId,
    random = Math.random,
  } = options
  const { policy, rhythm, limits } = resolved
  const events = new EventEmitter<PresenceEvents>()
  const time = createStoreTime(store, clock)
  const lease = createLease({ store, clock, time, rhythm, randomId })
  const reader = createReader(store)
  const digest = createHeldDigest()
  const freshness = createFreshness((now) => {
    rosters.broadcast({ type: 'freshness', ...now })
    emit('freshness', now)
  })

  /** A listener of the application that throws must not stop anybody else's presence. */
  const emit = <E extends keyof PresenceEvents>(event: E, ...args: Parameters<PresenceEvents[E]>) => {
    try {
      ;(events.emit as (event: string, ...args: unknown[]) => boolean)(event, ...args)
    } catch (error) {
      if (event !== 'error')
        onError(new PresenceError('listener-error', `a listener of ${event} threw`, { event }, error))
    }
  }
  const onError = (error: PresenceError) => emit('error', error)
  const onSaved = ({ entry, before, after, changes }: Saved) => {
    connections.follow(entry, before, 'saved', changes.length > 0)
    const { userId } = entry
    const change = lastChange(userId, before, after, changes, time.now())
    if (change === null) return
    // Whoever is forgotten has one more version, in which there is nothing.
    const { epoch, version } = after ?? { epoch: before?.epoch ?? 0, version: (before?.version ?? 0) + 1 }
    const { cause, at, connectionId } = change
    const of = { userId, cause, at, nodeId: lease.nodeId, connectionId, epoch, version }
    if (events.listenerCount('change:cluster') > 0)
      clusterChanges.onChanges([{ userId, epoch, version, record: after, note: { change } }])
    if (change.visibleTo === 'everyone') {
      const to = viewOf(after, userId, 'others')
      telemetry.count('presence.changed', { cause, to: to.status })
      if (events.listenerCount('change') > 0) emit('change', { ...of, from: viewOf(before, userId, 'others'), to })
    }
    if (events.listenerCount('change:admin') > 0) {
      emit('change:admin', { ...of, from: viewOf(before, userId, 'admin'), to: viewOf(after, userId, 'admin') })
    }
  }

  const ledger = createLedger({
    store,
    clock,
    time,
    policy,
    lease,
    flushEveryMs: rhythm.flushEveryMs,
    outageQueue: resolved.outageQueue,
    patienceMs: Math.max(2 * rhythm.sweepEveryMs, policy.drainGraceMs, policy.graceMs, policy.hintGraceMs),
    telemetry,
    onSaved,
    onLearned: (entry, before, how, visible) => connections.follow(entry, before, how, visible),
    onError,
    onReachable: (reachable) => freshness.doubt('unsaved', !reachable),
    onDeferred: (handle, item) => audit.onDeferred(handle, item),
    onFenced: () => life.onFenced(),
    onOverflow: () => life.onOverflow(),
  })
  const feed = createFeed(store, clock, rhythm.renewEveryMs, {
    onChanges(changes) {
      for (const change of changes) ledger.learn(change)
      rosters.onChanges(changes)
      clusterChanges.onChanges(changes)
    },
    onSpaceSignal: (signal) => rosters.onSignal(signal),
    onNodeMessage: (message) => resumption.onNodeMessage(message),
    onGap: (topics) => life.onGap(topics),
  })
  const clusterChanges = createClusterChanges({
    clock,
    feed,
    isRunning: () => life.isRunning(),
    emit(change) {
      emit('change:cluster', change)
      // It may have been the once of the last listener.
      followCluster()
    },
    onFailed: (error) =>
      onError(new PresenceError('store-error', 'changes of other nodes cannot be heard now; tried again', {}, error)),
  })
  const followCluster = () => clusterChanges.follow(events.listenerCount('change:cluster') > 0)
  const resumption = createResumption({ ledger, clock, lease, randomId, publish: feed.publish })
  const openings = createOpenings()
  const connections = createConnections({
    ledger,
    time,
    policy,
    limits,
    lease,
    digest,
    openings,
    resumption,
    demandRunning: () => life.demandRunning(),
    onMissing: (handle, known) => audit.onMissing(handle, known),
    onUnheld: (entry, connectionId, how) => audit.onUnheld(entry, connectionId, how),
    onError,
  })
  const audit = createAudit({
    store,
    clock,
    time,
    policy,
    lease,
    ledger,
    openings,
    connections,
    digest,
    confirmLease: () => life.confirmLease(),
  })
  const rosters = createRosters({
    store,
    reader,
    clock,
    feed,
    largeSpace: resolved.largeSpace,
    randomId,
    telemetry,
    onError,
  })
  const sweeper = createSweeper({
    store,
    clock,
    time,
    ledger,
    lease,
    isRunning: () => life.isRunning(),
    sweepRate: resolved.sweepRate,
    telemetry,
    onError,
  })
  const life = createNodeLife({
    store,
    clock,
    lease,
    rhythm,
    policy,
    feed,
    rosters,
    clusterChanges,
    connections,
    ledger,
    digest,
    audit,
    freshness,
    random,
    sweep: () => presence.sweep(),
    onError,
  })

  const presence: Presence = {
    get nodeId() {
      return lease.nodeId
    },
    policy,
    beatEveryMs: rhythm.beatEveryMs,
    limits,
    clock,
    access: resolveAccess(options.access ?? {}, reader),
    get freshness() {
      return freshness.current
    },
    get held() {
      return connections.held
    },
    now: time.now,
    start: life.start,
    stop: life.stop,
    [Symbol.asyncDispose]: life.stop,
    on(event, listener) {
      ;(events.on as (event: string, listener: unknown) => unknown)(event, listener)
      followCluster()
      return presence
    },
    off(event, listener) {
      ;(events.off as (event: string, listener: unknown) => unknown)(event, listener)
      followCluster()
      return presence
    },
    once(event, listener) {
      ;(events.once as (event: string, listener: unknown) => unknown)(event, listener)
      followCluster()
      return presence
    },
    ...createReads(store),
    ...createWrites({ ledger, time, limits, policy, openings, randomId }),
    ...createLeased({ ledger, time, limits, policy, openings, resumption, onError }),
    async sweep() {
      const result = await sweeper.sweep()
      emit('sweep', result)
      return result
    },
    viewerOf: createViewerOf(limits),
    open: connections.open,
    watchers: (fanOut) => rosters.group(fanOut),
    signal: ({ userId }, { space, name, data, forMs }) =>
      rosters.signal(`space:${space}`, { space, userId, name, data, forMs }),
    refuse(refusal) {
      telemetry.count('presence.refused', { code: refusal.code, kind: refusal.kind })
      emit('refused', refusal)
    },
    report: onError,
  }
  return presence
}
