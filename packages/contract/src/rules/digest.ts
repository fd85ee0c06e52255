import { hashUserId, type NodeRenewal, type PresenceStore } from '@rollcall/core'
import { equal, holds } from '../checks.ts'
import { renew } from '../lease-terms.ts'
import { deadAt } from '../paging.ts'
import { forgetOf, mustCreate, mustSave, NOON, type Sample, writeOf } from '../samples.ts'
import type { Suite } from '../suite.ts'

function digestOf(userIds: readonly string[]): NodeRenewal['digest'] {
  let sum = 0
  for (const userId of userIds) sum = (sum + hashUserId(userId)) % 2 ** 32
  return { count: userIds.length, sum }
}

async function expectDigest(store: PresenceStore, nodeId: string, userIds: readonly string[]): Promise<void> {
  const { digest } = await renew(store, nodeId)
  equal(digest, digestOf(userIds), `digest of ${nodeId}`)
}

/** What a renewal says the index holds under the node. */
export function digestRules({ rule }: Suite): void {
  rule('a node with one user has the hash of its id as digest', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    await expectDigest(store, 'n1', ['ada'])
  })

  rule('a digest counts the users and sums their hashes modulo 2^32', async ({ store }) => {
    const userIds = Array.from({ length: 50 }, (_, i) => `user ${i}`)
    const sum = userIds.reduce((total, userId) => total + hashUserId(userId), 0)
    holds(sum > 2 ** 32, 'these hashes overflow 32 bits')
    await mustCreate(store, ...userIds.map((userId): Sample => ({ userId, nodes: ['n1'] })))
    await expectDigest(store, 'n1', userIds)
  })

  rule('a digest takes ids beyond ASCII', async ({ store }) => {
    const userIds = ['ä', '用户', '😀', '\u{10FFFF}']
    await mustCreate(store, ...userIds.map((userId): Sample => ({ userId, nodes: ['n1'] })))
    await expectDigest(store, 'n1', userIds)
  })

  rule('each node has a digest of its own', async ({ store }) => {
    await mustCreate(
      store,
      { userId: 'a', nodes: ['n1'] },
      { userId: 'b', nodes: ['n1', 'n2'] },
      { userId: 'c', nodes: [] },
    )
    await expectDigest(store, 'n1', ['a', 'b'])
    await expectDigest(store, 'n2', ['b'])
    await expectDigest(store, 'n3', [])
  })

  rule('saving a user again leaves the digest as it is', async ({ store }) => {
    const sample: Sample = { userId: 'ada', nodes: ['n1'] }
    await mustCreate(store, sample)
    await mustSave(store, writeOf({ ...sample, version: 2, status: 'away' }, { expected: 'writer:1' }))
    await expectDigest(store, 'n1', ['ada'])
  })

  rule('a digest follows users from node to node', async ({ store }) => {
    await mustCreate(store, { userId: 'a', nodes: ['n1'] }, { userId: 'b', nodes: ['n1'] })
    await mustSave(store, writeOf({ userId: 'a', version: 2, nodes: ['n2'] }, { expected: 'writer:1' }))
    await expectDigest(store, 'n1', ['b'])
    await expectDigest(store, 'n2', ['a'])
  })

  rule('a digest goes back to nothing with the last user', async ({ store }) => {
    const samples = ['a', 'b', 'c'].map((userId): Sample => ({ userId, nodes: ['n1'] }))
    await mustCreate(store, ...samples)
    await mustSave(store, ...samples.map((sample) => forgetOf(sample)))
    await expectDigest(store, 'n1', [])
  })

  rule('a refused write leaves the digest as it is', async ({ store }) => {
    await mustCreate(store, { userId: 'a', nodes: ['n1'] })
    await store.save([
      writeOf({ userId: 'a', version: 2, nodes: [] }, { expected: 'other:1' }),
      writeOf({ userId: 'b', nodes: ['n1'] }, { expected: 'other:1' }),
    ])
    await expectDigest(store, 'n1', ['a'])
  })

  rule('a killed node is told its digest too', async ({ store }) => {
    await mustCreate(store, { userId: 'a', nodes: ['n1'] })
    await deadAt(store, NOON)
    await expectDigest(store, 'n1', ['a'])
  })
}
