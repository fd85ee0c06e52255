import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createHeldDigest } from '../../src/engine/held-digest.ts'
import { createUserEntry } from '../../src/engine/user-entry.ts'
import { createNodeIndex } from '../../src/store/memory-nodes.ts'

const TERMS = { afterMs: 1000, forMs: 1000 }
const EMPTY = { count: 0, sum: 0 }

/** What this node holds, and the same as a store's index has it. */
function setUp() {
  const index = createNodeIndex()
  const held = new Map<number, string>()
  const digest = createHeldDigest()
  return {
    digest,
    set(slot: number, rev: string | null) {
      const before = held.get(slot) ?? null
      index.move(before === null ? [] : ['n'], rev === null ? [] : ['n'], before, rev)
      if (rev === null) held.delete(slot)
      else held.set(slot, rev)
      digest.set(createUserEntry(`user-${slot}`, slot), rev)
    },
    ofStore: () => index.renew('n', 2000, 1000, TERMS).digest,
  }
}

describe('the digest of what a node holds', () => {
  it('equals the store’s, whatever came and went', () => {
    const changes = fc.array(fc.tuple(fc.nat(200), fc.option(fc.string({ minLength: 1 }))), { maxLength: 60 })
    fc.assert(
      fc.property(changes, (all) => {
        const { digest, set, ofStore } = setUp()
        for (const [slot, rev] of all) {
          set(slot, rev)
          expect(digest.equals(ofStore())).toBe(true)
        }
      }),
    )
  })

  it('differs when one revision does', () => {
    const { digest, set, ofStore } = setUp()
    set(1, 'n:1')
    set(2, 'n:2')
    const before = ofStore()
    set(2, 'n:3')
    expect(digest.equals(before)).toBe(false)
    expect(digest.equals(EMPTY)).toBe(false)
  })

  it('knows nothing of a slot nobody was ever held in, however far it lies', () => {
    const { digest, set } = setUp()
    set(100_000, null)
    expect(digest.equals(EMPTY)).toBe(true)
  })

  it('is empty under a new name, until records name it', () => {
    const { digest, set } = setUp()
    for (let slot = 0; slot < 100; slot++) set(slot, `n:${slot}`)
    digest.clear()
    expect(digest.equals(EMPTY)).toBe(true)
    const entry = createUserEntry('user-7', 7)
    digest.set(entry, 'm:1')
    expect(digest.equals(EMPTY)).toBe(false)
    digest.set(entry, null)
    expect(digest.equals(EMPTY)).toBe(true)
  })
})
