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
  /** By the slot of the entry; 0: not counted. */
  let hashes = new Uint32Array(FIRST_CAPACITY)
  /** Slots whose hash is 0 indeed; one revision in four thousand million has it. */
  const zeros = new Set<number>()
  let count = 0
  let sum = 0

  const grow = (slot: number) => {
    const old = hashes
    hashes = new Uint32Array(Math.max(slot + 1, Math.ceil(old.length * GROWTH)))
    hashes.set(old)
  }
  return {
    set({ slot }, rev) {
      if (slot >= hashes.length) {
        if (rev === null) return
        grow(slot)
      }
      const before = hashes[slot] as number
      if (before !== 0 || zeros.delete(slot)) {
        sum = (sum - before) >>> 0
        count--
      }
      const hash = rev === null ? 0 : hashRev(rev)
      hashes[slot] = hash
      if (rev === null) return
      if (hash === 0) zeros.add(slot)
      sum = (sum + hash) >>> 0
      count++
    },
    equals: (other) => count === other.count && sum === other.sum,
    clear() {
      hashes.fill(0)
      zeros.clear()
      count = 0
      sum = 0
    },
  }
}
