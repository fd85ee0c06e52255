import type { NodeRenewal, Page, PresenceStore } from '@rollcall/core'
import type { Collections } from './collections.ts'
import { createNames, encodeEcho } from './feed-text.ts'
import type { Queries } from './queries.ts'
import { DUPLICATE_KEY, refusedOf } from './refused.ts'

/** Leases of nodes, and the hold-off. Each lease is a document of its own, so that it dies exactly once. */
export interface Leases extends Pick<PresenceStore, 'renewNode' | 'deadNodes' | 'removeNode'> {
  /** The highest `now` of a renewal that stood, in ms; 0: there was none. */
  renewedAt(): Promise<number>
}

const TOUCHED = { $currentDate: { touchedAt: true } } as const

/** @param echo Says that a renewal stands, where change streams do not do it. */
export function createLeases(
  { users, nodes, holdOff }: Collections,
  queries: Pick<Queries, 'isNamed'>,
  echo: (nodeId: string, until: number) => Promise<void>,
): Leases {
  const nextName = createNames()

  /** Whether there is a lease that stands, which is extended then. */
  const extend = async (nodeId: string, until: number): Promise<boolean> => {
    const update = { $max: { until }, $set: { echo: encodeEcho(nextName(), until) }, ...TOUCHED }
    return (await nodes.updateOne({ _id: nodeId, killed: false }, update)).matchedCount > 0
  }
  /** Whether there was no lease, not even a killed one. */
  const create = async (nodeId: string): Promise<boolean> => {
    try {
      await nodes.insertOne({ _id: nodeId, killed: false, until: 0, touchedAt: new Date() })
      return true
    } catch (error) {
      if (isDuplicate(error)) return false
      throw error
    }
  }
  const digestOf = async (nodeId: string): Promise<NodeRenewal['digest']> => {
    const [found] = await users.aggregate<{ count: number; sum: number }>(digestPipeline(nodeId)).toArray()
    return found === undefined ? { count: 0, sum: 0 } : { count: found.count, sum: found.sum % 2 ** 32 }
  }
  const noted = () => holdOff.findOne({ _id: 0 })
  const holdOffUntil = async (): Promise<number> => (await noted())?.holdOffUntil ?? 0
  /** In one step with the renewal being noted, so that a silence is seen by whoever ends it. */
  const noteRenewal = async (now: number, afterMs: number, forMs: number): Promise<number> => {
    const silence = { $subtract: [now, '$renewedAt'] }
    const isLong = { $and: [{ $gt: ['$renewedAt', 0] }, { $gte: [silence, afterMs] }] }
    const until = { $cond: [isLong, { $max: ['$holdOffUntil', now + forMs] }, { $ifNull: ['$holdOffUntil', 0] }] }
    const update = [{ $set: { holdOffUntil: until, renewedAt: { $max: ['$renewedAt', now] } } }]
    const after = await holdOff.findOneAndUpdate({ _id: 0 }, update, { upsert: true, returnDocument: 'after' })
    return after?.holdOffUntil ?? 0
  }
  /** Which of these are dead now, and will stay so. Whoever renews at the same time either comes first, or not at all. */
  const kill = async (nodeIds: readonly string[], now: number): Promise<ReadonlySet<string>> => {
    if (nodeIds.length === 0) return new Set()
    const operations = nodeIds.map((nodeId) => ({
      updateOne: {
        filter: { _id: nodeId, $or: [{ killed: true }, { until: { $lte: now } }] },
        update: { $set: { killed: true }, $max: { until: now }, ...TOUCHED },
        // Without a lease it is dead. With one that lives there is nothing to insert, and an error that says so.
        upsert: true,
      },
    }))
    const alive = await refusedOf(() => nodes.bulkWrite(operations, { ordered: false }), [DUPLICATE_KEY])
    return new Set(nodeIds.filter((_, i) => !alive.has(i)))
  }

  return {
    async renewNode(nodeId, until, now, { afterMs, forMs }) {
      const isKnown = await extend(nodeId, until)
      const isNew = !isKnown && (await create(nodeId))
      const stands = isKnown || (await extend(nodeId, until))
      const [holdsOffUntil, digest] = await Promise.all([
        stands ? noteRenewal(now, afterMs, forMs) : holdOffUntil(),
        digestOf(nodeId),
      ])
      if (stands) await echo(nodeId, until)
      return { stands, isNew: isNew && stands, digest, holdOffUntil: holdsOffUntil > now ? holdsOffUntil : 0 }
    },
    async deadNodes(now, cursor, limit): Promise<Page<string>> {
      const [holdsOffUntil, named] = await Promise.all([holdOffUntil(), users.distinct('nodes')])
      if (holdsOffUntil > now) return { items: [], next: null }
      const names = named.filter(
        (name): name is string => typeof name === 'string' && (cursor === null || name > cursor),
      )
      const leases = await nodes.find({ _id: { $in: names } }, { projection: { killed: 1, until: 1 } }).toArray()
      const alive = new Set(leases.filter(({ killed, until }) => !killed && until > now).map(({ _id }) => _id))
      const killed = new Set(leases.filter((lease) => lease.killed).map(({ _id }) => _id))
      const dead = names.filter((name) => !alive.has(name)).sort()
      const page = dead.slice(0, limit)
      const slain = await kill(
        page.filter((name) => !killed.has(name)),
        now,
      )
      return {
        items: page.filter((name) => killed.has(name) || slain.has(name)),
        next: dead.length > limit ? (page.at(-1) ?? null) : null,
      }
    },
    async removeNode(nodeId) {
      const update = { $set: { killed: true }, $setOnInsert: { until: 0 }, ...TOUCHED }
      await nodes.updateOne({ _id: nodeId }, update, { upsert: true })
      return !(await queries.isNamed(nodeId))
    },
    renewedAt: async () => (await noted())?.renewedAt ?? 0,
  }
}

/** Answered from the index alone. */
function digestPipeline(nodeId: string) {
  return [{ $match: { nodes: nodeId } }, { $group: { _id: null, count: { $sum: 1 }, sum: { $sum: '$hash' } } }]
}

function isDuplicate(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null)?.code === DUPLICATE_KEY
}
