import { equal } from '../checks.ts'
import { DAY, LEASE, renew } from '../lease-terms.ts'
import { deadAt } from '../paging.ts'
import { forgetOf, mustCreate, mustSave, NOON, writeOf } from '../samples.ts'
import type { Suite } from '../suite.ts'

/** A renewal says whether the store knew a lease of the node: a node that is new twice knows that the store lost it. */
export function newNodeRules({ rule }: Suite): void {
  rule('a node is new once', async ({ store }) => {
    equal((await renew(store, 'n1')).isNew, true, 'new at first')
    equal((await renew(store, 'n1')).isNew, false, 'new in the same instant')
    equal((await renew(store, 'n1', NOON + 10_000)).isNew, false, 'new later')
  })

  rule('of the first renewals at once exactly one is new', async ({ store }) => {
    const renewals = await Promise.all(Array.from({ length: 10 }, () => renew(store, 'n1')))
    equal(renewals.filter(({ isNew }) => isNew).length, 1, 'new ones')
  })

  rule('each node is new by itself', async ({ store }) => {
    await renew(store, 'n1')
    equal((await renew(store, 'n2')).isNew, true, 'the other one is new')
    equal((await renew(store, 'n1')).isNew, false, 'the first one is new')
  })

  rule('a node that records name is new until it renews', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    equal((await renew(store, 'n1')).isNew, true, 'new')
  })

  rule('a node that wrote is new until it renews', async ({ store }) => {
    await mustSave(store, writeOf({ userId: 'ada', rev: 'n1:1' }, { writer: 'n1' }))
    equal((await renew(store, 'n1')).isNew, true, 'new')
  })

  rule('a node is not new again when the last record that names it goes', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    await renew(store, 'n1')
    await mustSave(store, forgetOf({ userId: 'ada' }))
    equal((await renew(store, 'n1')).isNew, false, 'new')
  })

  rule('a lease that ran out is known', async ({ store }) => {
    await renew(store, 'n1')
    equal((await renew(store, 'n1', NOON + LEASE)).isNew, false, 'new when it runs out')
    equal((await renew(store, 'n1', NOON + 5 * LEASE)).isNew, false, 'new long after')
  })

  rule('a lease is known for a day after it ran out', async ({ store }) => {
    await renew(store, 'n1')
    const later = NOON + LEASE + DAY - 1
    // Others go on, and give the store cause to tidy up.
    for (const now of [NOON + LEASE, NOON + DAY / 2, later]) await renew(store, 'n2', now)
    equal((await renew(store, 'n1', later)).isNew, false, 'new')
  })

  rule('a renewal that does not stand is never new', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1', 'n2'] })
    await renew(store, 'n1')
    await deadAt(store, NOON + LEASE)
    await store.removeNode('n3')
    for (const nodeId of ['n1', 'n2', 'n3']) {
      const { stands, isNew } = await renew(store, nodeId, NOON + LEASE)
      equal({ stands, isNew }, { stands: false, isNew: false }, nodeId)
    }
  })
}
