import { hashRev } from '../store/rev-hash.ts'
import type { UserEntry } from './user-entry.ts'

/** Count and sum of hashes of the records this node holds connections in, as a store keeps them of its index. */
export interface HeldDigest {
  /** @param rev The record in which live connections are held under the node's present name; `null`: there is none. */
  set(entry: UserEntry, rev: string | null): void
  equals(other: { readonly count: number; readonly sum: number }): boolean
  /** The node goes on under another name, of which no record knows yet. */
  clear(): void
}

const FIRST_CAPACITY = 64
const GROWTH = 1.25

export function createHeldDigest(): HeldDigest {
  /** By the slot of the entry. */
  let hashes = new Uint32Array(FIRST_CAPACITY)
  let isCounted = new Uint8Array(FIRST_CAPACITY)
  let count = 0
  let sum = 0

  const grow = (slot: number) => {
    const capacity = Math.max(slot + 1, Math.ceil(hashes.length * GROWTH))
    const [oldHashes, oldCounted] = [hashes, isCounted]
    hashes = new Uint32Array(capacity)
    hashes.set(oldHashes)
    isCounted = new Uint8Array(capacity)
    isCounted.set(oldCounted)
  }
  return {
    set({ slot }, rev) {
      if (slot >= hashes.length) {
        if (rev === null) return
        grow(slot)
      }
      if (isCounted[slot] === 1) {
        sum = (sum - (hashes[slot] as number)) >>> 0
        count--
      }
      isCounted[slot] = rev === null ? 0 : 1
      if (rev === null) return
      const hash = hashRev(rev)
      hashes[slot] = hash
      sum = (sum + hash) >>> 0
      count++
    },
    equals: (other) => count === other.count && sum === other.sum,
    clear() {
      isCounted.fill(0)
      count = 0
      sum = 0
    },
  }
}
