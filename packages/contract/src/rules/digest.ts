import { hashRev, type NodeRenewal, type PresenceStore } from '@rollcall/core'
import { equal, holds } from '../checks.ts'
import { renew } from '../lease-terms.ts'
import { deadAt } from '../paging.ts'
import { forgetOf, mustCreate, mustSave, NOON, type Sample, writeOf } from '../samples.ts'
import type { Suite } from '../suite.ts'

function digestOf(revs: readonly string[]): NodeRenewal['digest'] {
  let sum = 0
  for (const rev of revs) sum = (sum + hashRev(rev)) % 2 ** 32
  return { count: revs.length, sum }
}

async function expectDigest(store: PresenceStore, nodeId: string, revs: readonly string[]): Promise<void> {
  const { digest } = await renew(store, nodeId)
  equal(digest, digestOf(revs), `digest of ${nodeId}`)
}

/** What a renewal says of the records that name the node. */
export function digestRules({ rule }: Suite): void {
  rule('a node that one record names has the hash of its revision as digest', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', rev: 'n1:7', nodes: ['n1'] })
    await expectDigest(store, 'n1', ['n1:7'])
  })

  rule('a digest counts the records and sums the hashes of their revisions modulo 2^32', async ({ store }) => {
    const revs = Array.from({ length: 50 }, (_, i) => `n1:${i}`)
    const sum = revs.reduce((total, rev) => total + hashRev(rev), 0)
    holds(sum > 2 ** 32, 'these hashes overflow 32 bits')
    await mustCreate(store, ...revs.map((rev, i): Sample => ({ userId: `user ${i}`, rev, nodes: ['n1'] })))
    await expectDigest(store, 'n1', revs)
  })

  rule('a digest is unsigned', async ({ store }) => {
    const rev = Array.from({ length: 50 }, (_, i) => `n1:${i}`).find((each) => hashRev(each) >= 2 ** 31) as string
    await mustCreate(store, { userId: 'ada', rev, nodes: ['n1'] })
    await expectDigest(store, 'n1', [rev])
  })

  rule('a digest takes revisions beyond ASCII', async ({ store }) => {
    const revs = ['ä:1', '用户:2', '😀:3', '\u{10FFFF}']
    await mustCreate(store, ...revs.map((rev, i): Sample => ({ userId: `user ${i}`, rev, nodes: ['n1'] })))
    await expectDigest(store, 'n1', revs)
  })

  rule('each node has a digest of its own', async ({ store }) => {
    await mustCreate(
      store,
      { userId: 'a', rev: 'n1:1', nodes: ['n1'] },
      { userId: 'b', rev: 'n2:1', nodes: ['n1', 'n2'] },
      { userId: 'c', rev: 'n3:1', nodes: [] },
    )
    await expectDigest(store, 'n1', ['n1:1', 'n2:1'])
    await expectDigest(store, 'n2', ['n2:1'])
    await expectDigest(store, 'n3', [])
  })

  rule('a write that changes nothing but the revision changes the digest', async ({ store }) => {
    const sample: Sample = { userId: 'ada', rev: 'n1:1', nodes: ['n1'] }
    await mustCreate(store, sample)
    await mustSave(store, writeOf({ ...sample, rev: 'n1:2' }, { expected: 'n1:1', writer: 'n1' }))
    await expectDigest(store, 'n1', ['n1:2'])
  })

  rule('a write by another node changes the digest of each node that the record names', async ({ store }) => {
    const sample: Sample = { userId: 'ada', rev: 'n1:1', nodes: ['n1', 'n2'] }
    await mustSave(store, writeOf(sample, { writer: 'n1' }))
    await mustSave(
      store,
      writeOf({ ...sample, version: 2, rev: 'n3:1', status: 'away' }, { expected: 'n1:1', writer: 'n3' }),
    )
    await expectDigest(store, 'n1', ['n3:1'])
    await expectDigest(store, 'n2', ['n3:1'])
    await expectDigest(store, 'n3', [])
  })

  rule('two writes of a user in one call count with the revision of the last', async ({ store }) => {
    const sample: Sample = { userId: 'ada', nodes: ['n1'] }
    await mustSave(
      store,
      writeOf({ ...sample, rev: 'n1:1' }),
      writeOf({ ...sample, rev: 'n1:2', version: 2 }, { expected: 'n1:1' }),
    )
    await expectDigest(store, 'n1', ['n1:2'])
  })

  rule('a node that stays while others come and go counts the new revision', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', rev: 'n1:1', nodes: ['n1'] })
    await mustSave(store, writeOf({ userId: 'ada', rev: 'n2:1', nodes: ['n2', 'n1'] }, { expected: 'n1:1' }))
    await expectDigest(store, 'n1', ['n2:1'])
    await expectDigest(store, 'n2', ['n2:1'])
    await mustSave(store, writeOf({ userId: 'ada', rev: 'n1:2', nodes: ['n2'] }, { expected: 'n2:1' }))
    await expectDigest(store, 'n1', [])
    await expectDigest(store, 'n2', ['n1:2'])
  })

  rule('a digest follows records from node to node', async ({ store }) => {
    await mustCreate(store, { userId: 'a', rev: 'n1:1', nodes: ['n1'] }, { userId: 'b', rev: 'n1:2', nodes: ['n1'] })
    await mustSave(store, writeOf({ userId: 'a', version: 2, rev: 'n2:1', nodes: ['n2'] }, { expected: 'n1:1' }))
    await expectDigest(store, 'n1', ['n1:2'])
    await expectDigest(store, 'n2', ['n2:1'])
  })

  rule('a record that names a node no more, and then again, counts with its latest revision', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', rev: 'n1:1', nodes: ['n1'] })
    await mustSave(store, writeOf({ userId: 'ada', rev: 'n2:1', nodes: [] }, { expected: 'n1:1' }))
    await expectDigest(store, 'n1', [])
    await mustSave(store, writeOf({ userId: 'ada', rev: 'n2:2', nodes: [] }, { expected: 'n2:1' }))
    await mustSave(store, writeOf({ userId: 'ada', rev: 'n1:2', nodes: ['n1'] }, { expected: 'n2:2' }))
    await expectDigest(store, 'n1', ['n1:2'])
  })

  rule('a digest goes back to nothing with the last record', async ({ store }) => {
    const samples = ['a', 'b', 'c'].map((userId, i): Sample => ({ userId, rev: `n1:${i}`, nodes: ['n1'] }))
    await mustCreate(store, ...samples)
    await mustSave(store, ...samples.map((sample) => forgetOf(sample)))
    await expectDigest(store, 'n1', [])
  })

  rule('who is forgotten and comes back counts once', async ({ store }) => {
    const sample: Sample = { userId: 'ada', rev: 'n1:1', nodes: ['n1'] }
    await mustCreate(store, sample)
    await mustSave(store, forgetOf(sample))
    await mustCreate(store, { ...sample, rev: 'n1:2' })
    await expectDigest(store, 'n1', ['n1:2'])
  })

  rule('a refused write leaves the digest as it is', async ({ store }) => {
    await mustCreate(store, { userId: 'a', rev: 'n1:1', nodes: ['n1'] })
    await store.save([
      writeOf({ userId: 'a', version: 2, rev: 'n1:2', nodes: ['n1'] }, { expected: 'other:1' }),
      writeOf({ userId: 'a', version: 2, rev: 'n1:3', nodes: [] }, { expected: 'other:1' }),
      writeOf({ userId: 'b', rev: 'n1:4', nodes: ['n1'] }, { expected: 'other:1' }),
    ])
    await expectDigest(store, 'n1', ['n1:1'])
  })

  rule('a killed node is told its digest too', async ({ store }) => {
    await mustCreate(store, { userId: 'a', rev: 'n1:1', nodes: ['n1'] })
    await deadAt(store, NOON)
    await mustSave(store, writeOf({ userId: 'a', version: 2, rev: 'n2:1', nodes: ['n1'] }, { expected: 'n1:1' }))
    await expectDigest(store, 'n1', ['n2:1'])
  })
}
