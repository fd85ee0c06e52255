import type { NodeRenewal, PresenceStore, Write } from '@rollcall/core'
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

/** Adds one to the digests once a write of some kind was seen. */
function countingToo(
  store: PresenceStore,
  counts: (write: Write, isAccepted: boolean) => boolean,
): Partial<PresenceStore> {
  let more = 0
  return {
    async save(writes) {
      const results = await store.save(writes)
      more += writes.filter((write, i) => counts(write, results[i]?.ok === true)).length
      return results
    },
    ...digesting(store, ({ count, sum }) => ({ count: count + more, sum })),
  }
}

export const brokenDigests = [
  broken('hashes otherwise', 'digest: a node with one user has the hash of its id as digest', (store) =>
    digesting(store, ({ count, sum }) => ({ count, sum: sum ^ 1 })),
  ),

  broken('sums without a modulus', 'digest: a digest counts the users and sums their hashes modulo 2^32', (store) =>
    digesting(store, ({ count, sum }) => ({ count, sum: count > 40 ? sum + 2 ** 32 : sum })),
  ),

  broken('hashes bytes', 'digest: a digest takes ids beyond ASCII', (store) =>
    digesting(store, ({ count, sum }, nodeId) => ({ count, sum: nodeId === 'n1' && count === 4 ? sum + 1 : sum })),
  ),

  broken('has one digest for all nodes', 'digest: each node has a digest of its own', (store) => {
    let first: Digest | null = null
    return digesting(store, (digest) => {
      first ??= digest
      return first
    })
  }),

  broken('counts users again in its digest', 'digest: saving a user again leaves the digest as it is', (store) =>
    countingToo(store, ({ expected, record }, isAccepted) => isAccepted && expected !== null && record !== null),
  ),

  broken('keeps moved users in its digest', 'digest: a digest follows users from node to node', (store) =>
    countingToo(
      store,
      ({ index, expected }, isAccepted) => isAccepted && expected !== null && index?.nodes[0] === 'n2',
    ),
  ),

  broken('keeps the forgotten in its digest', 'digest: a digest goes back to nothing with the last user', (store) =>
    countingToo(store, ({ record }) => record === null),
  ),

  broken('counts refused users in its digest', 'digest: a refused write leaves the digest as it is', (store) =>
    countingToo(store, (_, isAccepted) => !isAccepted),
  ),

  broken('tells a killed node nothing', 'digest: a killed node is told its digest too', (store) =>
    digesting(store, (digest, _, stands) => (stands ? digest : { count: 0, sum: 0 })),
  ),
]
