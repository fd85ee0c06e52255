import {
  memoryStore,
  type NodeRenewal,
  type PresenceStore,
  type StoreCapabilities,
  type UserRecord,
  type Write,
  type WriteResult,
} from '@rollcall/core'
import { BEGINNING } from '../process.ts'
import type { Random } from '../random.ts'
import type { World } from '../world.ts'
import { type CallFault, type Partition, partitionOf } from './faults.ts'
import { createFeed, type Feed } from './feed.ts'
import { isLater, known, later } from './formats.ts'

/** What kind of store the cluster has. */
export interface StoreKind {
  /** A save by a killed node is refused. */
  readonly fenced: boolean
  readonly durable: boolean
  /** No page of a paged read is longer. */
  readonly pageSize: number
}

/** What stands for a user, as the store was told; as whoever wrote it knows it. */
export interface Standing {
  readonly record: UserRecord
  /** Of a format that not every version can execute. */
  readonly isLater: boolean
  readonly index: NonNullable<Write['index']>
}

/** A write that was accepted. */
export interface Accepted {
  readonly write: Write
  readonly before: UserRecord | null
  readonly after: UserRecord | null
  /** What stood was of a later version. */
  readonly wasLater: boolean
  /** The node's lease was over when the write was accepted. */
  readonly writerKilled: boolean
}

/** Data that the store lost, or took back, without telling anybody. */
export interface Damage {
  readonly userId: string
  readonly at: number
}

/** The one store of a cluster. Every change of a record goes through here, so that the checks know what stands. */
export interface SharedStore {
  readonly kind: StoreKind
  readonly capabilities: StoreCapabilities
  readonly feed: Feed
  readonly faults: CallFault[]
  readonly standing: ReadonlyMap<string, Standing>
  /** Nodes whose lease is over for good, and since when. */
  readonly killed: ReadonlyMap<string, number>
  /** When each user's data last came to harm. */
  readonly damaged: ReadonlyMap<string, number>
  readonly damage: readonly Damage[]
  /** When everything was last lost, leases and all. */
  readonly wipedAt: number
  /** Store time until which no lease and no loss may be executed, for nobody had renewed for long. */
  readonly heldOffUntil: number
  /** Calls so far, by name. */
  readonly calls: Map<string, number>
  /** The store's clock, ms since 1970. Never falls. */
  now(): number
  /** Somebody set the store's clock. */
  setClock(byMs: number): void
  /** Runs a call of a node against what stands now. */
  readonly inner: PresenceStore
  save(writes: readonly Write[]): Promise<readonly WriteResult[]>
  renewNode(...call: Parameters<PresenceStore['renewNode']>): Promise<NodeRenewal>
  deadNodes(...call: Parameters<PresenceStore['deadNodes']>): ReturnType<PresenceStore['deadNodes']>
  removeNode(nodeId: string): Promise<boolean>
  /** Takes the last `count` accepted writes back, of one half of the users or of all. Nobody is told. */
  rollBack(count: number, partition: Partition | null): void
  /** Loses everything, half of the users, or one user. */
  wipe(what: 'all' | Partition | { readonly userId: string }): void
  onAccepted(listener: (accepted: Accepted) => void): void
  onKilled(listener: (nodeId: string, by: 'sweep' | 'itself') => void): void
}

/** A writer that never had a lease is refused by nobody. */
const NO_LEASE = 'no-lease'
const KEPT_FOR_ROLLBACK = 64

export function createSharedStore(world: World, random: Random, kind: StoreKind): SharedStore {
  const standing = new Map<string, Standing>()
  const killed = new Map<string, number>()
  const damaged = new Map<string, number>()
  const damage: Damage[] = []
  const acceptedListeners: ((accepted: Accepted) => void)[] = []
  const killedListeners: Parameters<SharedStore['onKilled']>[0][] = []
  /** The latest writes, with what stood before each. */
  let undo: { readonly userId: string; readonly before: Standing | null }[] = []
  const feed = createFeed(world, random.fork('feed'))
  let wipedAt = Number.NEGATIVE_INFINITY
  let renewedAt = 0
  let heldOffUntil = 0
  let offset = 0
  let highest = 0
  // As the memory store counts: after a step back it goes on from the highest time.
  const now = () => {
    const time = BEGINNING + world.now
    if (time + offset < highest) offset = highest - time
    highest = time + offset
    return highest
  }
  const fresh = () => memoryStore({ clock: { now } })
  let inner = fresh()

  const noteKilled = (nodeId: string, by: 'sweep' | 'itself') => {
    if (killed.has(nodeId)) return
    for (const listener of killedListeners) listener(nodeId, by)
    killed.set(nodeId, world.now)
  }
  const noteDamage = (userId: string) => {
    damaged.set(userId, world.now)
    damage.push({ userId, at: world.now })
  }
  /** Puts a user's record to what it was, behind everybody's back. */
  const restore = (userId: string, to: Standing | null) => {
    const current = standing.get(userId)
    if (current === undefined && to === null) return
    noteDamage(userId)
    const record = to === null ? null : to.isLater ? later(to.record) : to.record
    const change = { userId, epoch: 0, version: 0, record, note: { topics: [], change: null } }
    void inner.save([
      {
        userId,
        record,
        expected: current?.record.rev ?? null,
        writer: NO_LEASE,
        index: to?.index ?? null,
        topics: [],
        change,
      },
    ])
    if (to === null) standing.delete(userId)
    else standing.set(userId, to)
    world.trace.note(world.now, `restore ${userId}`)
  }

  return {
    kind,
    feed,
    faults: [],
    standing,
    killed,
    damaged,
    damage,
    calls: new Map(),
    capabilities: {
      name: 'simulation',
      durable: kind.durable,
      shared: true,
      fencedSaves: kind.fenced,
      atomicPublication: true,
      feed: { kind: 'push' },
    },
    now,
    setClock(byMs) {
      now()
      offset += byMs
    },
    get wipedAt() {
      return wipedAt
    },
    get heldOffUntil() {
      return heldOffUntil
    },
    get inner() {
      return inner
    },
    async save(writes) {
      const given = kind.fenced ? writes : writes.map((write) => ({ ...write, writer: NO_LEASE }))
      // The memory store does its work before it returns: what stands is known in the same step.
      const befores = writes.map(({ userId }) => standing.get(userId) ?? null)
      const results = await inner.save(given)
      const published = []
      for (const [i, write] of writes.entries()) {
        if (!results[i]?.ok) continue
        const { userId, index, change, topics } = write
        const record = known(write.record)
        const before = writes.findIndex((other) => other.userId === userId) === i ? befores[i] : standing.get(userId)
        undo.push({ userId, before: before ?? null })
        if (record === null || index === null) standing.delete(userId)
        else standing.set(userId, { record, index, isLater: isLater(write.record) })
        world.trace.note(world.now, record?.rev ?? `forget ${userId}`)
        published.push({ change, topics })
        const writerKilled = killed.has(write.writer)
        const accepted = {
          write: write.record === record ? write : { ...write, record },
          before: before?.record ?? null,
          after: record,
          wasLater: before?.isLater ?? false,
          writerKilled,
        }
        for (const listener of acceptedListeners) listener(accepted)
      }
      if (undo.length > 2 * KEPT_FOR_ROLLBACK) undo = undo.slice(-KEPT_FOR_ROLLBACK)
      if (published.length > 0) feed.publish(published)
      return results
    },
    async renewNode(nodeId, until, at, holdOff) {
      const renewal = await inner.renewNode(nodeId, until, at, holdOff)
      if (renewal.stands) {
        if (renewedAt > 0 && at - renewedAt >= holdOff.afterMs)
          heldOffUntil = Math.max(heldOffUntil, at + holdOff.forMs)
        renewedAt = Math.max(renewedAt, at)
      }
      if (renewal.stands) feed.signal({ topic: `node:${nodeId}`, signal: { type: 'renewed', until } })
      return renewal
    },
    async deadNodes(at, cursor, limit) {
      const page = await inner.deadNodes(at, cursor, limit)
      for (const nodeId of page.items) noteKilled(nodeId, 'sweep')
      return page
    },
    async removeNode(nodeId) {
      const removed = await inner.removeNode(nodeId)
      noteKilled(nodeId, 'itself')
      return removed
    },
    rollBack(count, partition) {
      let left = count
      for (let i = undo.length - 1; i >= 0 && left > 0; i--) {
        const { userId, before } = undo[i] as (typeof undo)[number]
        if (partition !== null && partitionOf(userId) !== partition) continue
        restore(userId, before)
        undo.splice(i, 1)
        left--
      }
    },
    wipe(what) {
      const lost = [...standing.keys()].filter(
        (userId) =>
          what === 'all' || (typeof what === 'object' ? what.userId === userId : partitionOf(userId) === what),
      )
      for (const userId of lost) restore(userId, null)
      undo = undo.filter(({ userId }) => !lost.includes(userId))
      if (what !== 'all') return
      inner = fresh()
      wipedAt = world.now
      renewedAt = 0
      heldOffUntil = 0
      killed.clear()
    },
    onAccepted: (listener) => void acceptedListeners.push(listener),
    onKilled: (listener) => void killedListeners.push(listener),
  }
}
