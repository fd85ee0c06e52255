import { hashRev, type NodeRenewal, type PresenceStore, type Write } from '@rollcall/core'
import { broken } from './broken-store.ts'

type Digest = NodeRenewal['digest']

function digesting(
  store: PresenceStore,
  change: (digest: Digest, nodeId: string, stands: boolean) => Digest,
): Partial<PresenceStore> {
  return {
    async renewNode(nodeId, ...rest) {
      const renewal = await store.renewNode(nodeId, ...rest)
      return { ...renewal, digest: change(renewal.digest, nodeId, renewal.stands) }
    },
  }
}

/** The revisions that the digest of each node sums, by user. */
type Sums = Map<string, Map<string, string>>

const sumsOf = (sums: Sums, nodeId: string): Map<string, string> => {
  const known = sums.get(nodeId) ?? new Map<string, string>()
  sums.set(nodeId, known)
  return known
}

const nodesOf = (sums: Sums, userId: string) => [...sums.keys()].filter((nodeId) => sums.get(nodeId)?.has(userId))

/** What a healthy store does with an accepted write. */
function count(sums: Sums, { userId, record, index }: Write): void {
  for (const revs of sums.values()) revs.delete(userId)
  for (const nodeId of index?.nodes ?? []) sumsOf(sums, nodeId).set(userId, record?.rev ?? '')
}

/** Keeps digests by itself; `note` replaces {@link count}. */
function summing(
  store: PresenceStore,
  note: (sums: Sums, write: Write, isAccepted: boolean, position: number) => void,
): Partial<PresenceStore> {
  const sums: Sums = new Map()
  return {
    async save(writes) {
      const results = await store.save(writes)
      for (const [i, write] of writes.entries()) note(sums, write, results[i]?.ok === true, i)
      return results
    },
    ...digesting(store, (_, nodeId) => {
      const revs = [...sumsOf(sums, nodeId).values()]
      return { count: revs.length, sum: revs.reduce((total, rev) => (total + hashRev(rev)) % 2 ** 32, 0) }
    }),
  }
}

export const brokenDigests = [
  broken('hashes otherwise', 'digest: a node that one record names has the hash of its revision as digest', (store) =>
    digesting(store, ({ count, sum }) => ({ count, sum: sum ^ 1 })),
  ),

  broken('hashes user ids', 'digest: a node that one record names has the hash of its revision as digest', (store) =>
    summing(store, (sums, write) => {
      count(sums, write)
      for (const nodeId of nodesOf(sums, write.userId)) sumsOf(sums, nodeId).set(write.userId, write.userId)
    }),
  ),

  broken(
    'sums without a modulus',
    'digest: a digest counts the records and sums the hashes of their revisions modulo 2^32',
    (store) => digesting(store, ({ count, sum }) => ({ count, sum: count > 40 ? sum + 2 ** 32 : sum })),
  ),

  broken('sums signed integers', 'digest: a digest is unsigned', (store) =>
    digesting(store, ({ count, sum }) => ({ count, sum: sum | 0 })),
  ),

  broken('hashes bytes', 'digest: a digest takes revisions beyond ASCII', (store) =>
    summing(store, (sums, write) => {
      count(sums, write)
      for (const nodeId of nodesOf(sums, write.userId)) {
        const revs = sumsOf(sums, nodeId)
        revs.set(write.userId, String.fromCharCode(...new TextEncoder().encode(revs.get(write.userId))))
      }
    }),
  ),

  broken('has one digest for all nodes', 'digest: each node has a digest of its own', (store) => {
    let first: Digest | null = null
    return digesting(store, (digest) => {
      first ??= digest
      return first
    })
  }),

  broken(
    'touches its digests with the index only',
    'digest: a write that changes nothing but the revision changes the digest',
    (store) =>
      summing(store, (sums, write) => {
        if (nodesOf(sums, write.userId).join() !== write.index?.nodes.join()) count(sums, write)
      }),
  ),

  broken(
    "counts a node's own writes only",
    'digest: a write by another node changes the digest of each node that the record names',
    (store) =>
      summing(store, (sums, write) => {
        const before = sumsOf(sums, 'n2').get(write.userId)
        count(sums, write)
        if (before !== undefined && write.writer !== 'n2') sumsOf(sums, 'n2').set(write.userId, before)
      }),
  ),

  broken(
    'counts the first write of a call',
    'digest: two writes of a user in one call count with the revision of the last',
    (store) =>
      summing(store, (sums, write, _, position) => {
        if (position === 0) count(sums, write)
      }),
  ),

  broken(
    'takes a node that stays for unchanged when others change',
    'digest: a node that stays while others come and go counts the new revision',
    (store) =>
      summing(store, (sums, write) => {
        const before = new Map(nodesOf(sums, write.userId).map((id) => [id, sumsOf(sums, id).get(write.userId)]))
        count(sums, write)
        const after = nodesOf(sums, write.userId)
        if (after.length === before.size) return
        for (const nodeId of after) {
          const rev = before.get(nodeId)
          if (rev !== undefined) sumsOf(sums, nodeId).set(write.userId, rev)
        }
      }),
  ),

  broken('keeps moved users in its digest', 'digest: a digest follows records from node to node', (store) =>
    summing(store, (sums, { userId, record, index }) => {
      for (const nodeId of index?.nodes ?? []) sumsOf(sums, nodeId).set(userId, record?.rev ?? '')
    }),
  ),

  broken(
    'remembers the revision that a node last counted',
    'digest: a record that names a node no more, and then again, counts with its latest revision',
    (store) => {
      const last = new Map<string, string>()
      return summing(store, (sums, write) => {
        count(sums, write)
        const revs = sumsOf(sums, 'n1')
        const rev = revs.get(write.userId)
        if (rev === undefined) return
        last.set(write.userId, last.get(write.userId) ?? rev)
        revs.set(write.userId, last.get(write.userId) ?? rev)
      })
    },
  ),

  broken('keeps the forgotten in its digest', 'digest: a digest goes back to nothing with the last record', (store) =>
    summing(store, (sums, write) => {
      if (write.record !== null) count(sums, write)
    }),
  ),

  broken('counts who comes back twice', 'digest: who is forgotten and comes back counts once', (store) => {
    const forgotten = new Set<string>()
    return summing(store, (sums, write) => {
      count(sums, write)
      if (write.record === null) forgotten.add(write.userId)
      else if (forgotten.has(write.userId)) count(sums, { ...write, userId: `${write.userId} again` })
    })
  }),

  broken('counts refused users in its digest', 'digest: a refused write leaves the digest as it is', (store) =>
    summing(store, (sums, write, isAccepted) => {
      if (isAccepted || write.userId === 'b') count(sums, write)
    }),
  ),

  broken(
    'takes the revision of a refused write for the one that stands',
    'digest: a refused write leaves the digest as it is',
    (store) =>
      summing(store, (sums, write, isAccepted) => {
        if (isAccepted || (write.userId === 'a' && write.index?.nodes.length === 1)) count(sums, write)
      }),
  ),

  broken('tells a killed node nothing', 'digest: a killed node is told its digest too', (store) =>
    digesting(store, (digest, _, stands) => (stands ? digest : { count: 0, sum: 0 })),
  ),
]
