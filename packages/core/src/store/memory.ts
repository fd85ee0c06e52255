import type { UserRecord } from '../machine/index.ts'
import { type Clock, systemClock } from '../time/clock.ts'
import type { PresenceStore, StoreCapabilities, Write, WriteResult } from './contract.ts'
import { createDueIndex } from './memory-due.ts'
import { createMemoryFeed } from './memory-feed.ts'
import { type Footing, isSameFooting } from './memory-manner.ts'
import { createNodeIndex } from './memory-nodes.ts'
import { createShelf } from './memory-shelf.ts'
import { createStandingIndex } from './memory-standings.ts'

export interface MemoryStoreOptions {
  /** Where store time comes from. @default the platform's clock */
  readonly clock?: Pick<Clock, 'now'>
}

const CAPABILITIES: StoreCapabilities = {
  name: 'memory',
  durable: false,
  shared: false,
  fencedSaves: true,
  atomicPublication: true,
  feed: { kind: 'push' },
}

const SAVED: WriteResult = { ok: true }
const FENCED: WriteResult = { ok: false, reason: 'fenced' }
const NO_NODES: readonly string[] = []

/**
 * A store within the process; everything is gone with it. Any number of engines may share one, which makes a cluster
 * in one process.
 *
 * Each call does its work before it returns its promise. Subscribers hear of a save after the call has returned and
 * before whoever awaits it goes on. Records handed out share lists and notes with those that were given: whoever
 * mutates one may change the store. `close` releases nothing, for the store opened nothing; it stays usable.
 */
export function memoryStore(options: MemoryStoreOptions = {}): PresenceStore {
  const now = steadyTime(options.clock ?? systemClock)
  const shelf = createShelf()
  const due = createDueIndex(shelf)
  const standings = createStandingIndex(shelf)
  const nodes = createNodeIndex()
  const feed = createMemoryFeed()

  const readOf = (userId: string): UserRecord | null => {
    const row = shelf.rows.get(userId)
    return row === undefined ? null : shelf.read(row)
  }
  const move = ({ userId, record, expected }: Write, before: Footing | null, after: Footing | null) => {
    // `expected` stood, and a digest covers revisions, which change with every write.
    nodes.move(before?.nodes ?? NO_NODES, after?.nodes ?? NO_NODES, expected, record?.rev ?? null)
    if (before === after || (before !== null && after !== null && isSameFooting(before, after))) return
    standings.move(userId, before, after)
  }
  const put = (write: Write): WriteResult => {
    const { userId, record, expected, writer, index } = write
    if (nodes.isKilled(writer)) return FENCED
    const standing = shelf.rows.get(userId)
    if (standing === undefined ? expected !== null : expected === null || !shelf.isRevAt(standing, expected)) {
      return { ok: false, reason: 'conflict', standing: standing === undefined ? null : shelf.read(standing) }
    }
    const before = standing === undefined ? null : shelf.footingAt(standing)
    if (record === null || index === null) {
      if (standing === undefined) return SAVED
      due.set(standing, null)
      shelf.remove(standing)
      move(write, before, null)
      return SAVED
    }
    const row = shelf.put(standing, record, index)
    due.set(row, index.wakeAt)
    move(write, before, shelf.footingAt(row))
    return SAVED
  }

  return {
    capabilities: CAPABILITIES,
    async now() {
      return now()
    },
    async load(userIds) {
      return userIds.map(readOf)
    },
    async save(writes) {
      const results = new Array<WriteResult>(writes.length)
      try {
        for (let i = 0; i < writes.length; i++) {
          const write = writes[i] as Write
          const result = put(write)
          if (result.ok) feed.publish(write.change, write.topics)
          results[i] = result
        }
      } finally {
        feed.send()
      }
      return results
    },
    async due(at, cursor, limit) {
      return due.page(at, cursor, limit)
    },
    async list(query, cursor, limit) {
      const { items, next } = standings.list(query, cursor, limit)
      return { items: items.map((userId) => readOf(userId) as UserRecord), next }
    },
    async count(query) {
      return standings.count(query)
    },
    async renewNode(nodeId, until, at, holdOff) {
      const renewal = nodes.renew(nodeId, until, at, holdOff)
      if (renewal.stands) feed.signal({ topic: `node:${nodeId}`, signal: { type: 'renewed', until } })
      return renewal
    },
    async deadNodes(at, cursor, limit) {
      return nodes.dead(at, cursor, limit)
    },
    async usersOf(nodeId, cursor, limit) {
      return standings.usersOf(nodeId, cursor, limit)
    },
    async removeNode(nodeId) {
      return nodes.remove(nodeId)
    },
    async subscribe(listener) {
      return feed.subscribe(listener)
    },
    async close() {},
  }
}

/** Never falls: after a step back of the clock it goes on from the highest time it gave, at the clock's pace. */
function steadyTime(clock: Pick<Clock, 'now'>): () => number {
  let highest = Number.NEGATIVE_INFINITY
  let offset = 0
  return () => {
    const time = clock.now()
    if (time + offset < highest) offset = highest - time
    highest = time + offset
    return highest
  }
}
