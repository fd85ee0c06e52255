import { equal } from '../checks.ts'
import { DAY, LEASE, renew } from '../lease-terms.ts'
import { deadAt, usersOf } from '../paging.ts'
import { forgetOf, mustCreate, mustSave, NOON, writeOf } from '../samples.ts'
import type { Suite } from '../suite.ts'

/** How a node goes for good. */
export function removalRules({ rule }: Suite): void {
  rule('a node that no record names is removed at once', async ({ store }) => {
    await renew(store, 'n1')
    equal(await store.removeNode('n1'), true, 'removed')
  })

  rule('a node never seen is removed at once', async ({ store }) => {
    equal(await store.removeNode('n1'), true, 'removed')
  })

  rule('a node that a record names is not removed', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] }, { userId: 'bob', nodes: ['n1'] })
    await deadAt(store, NOON)
    equal(await store.removeNode('n1'), false, 'removed while two name it')
    await mustSave(store, writeOf({ userId: 'ada', version: 2, nodes: [] }, { expected: 'writer:1' }))
    equal(await store.removeNode('n1'), false, 'removed while one names it')
    equal(await usersOf(store, 'n1'), ['bob'], 'its users')
    await mustSave(store, forgetOf({ userId: 'bob' }))
    equal(await store.removeNode('n1'), true, 'removed when none does')
  })

  rule('removing a node ends its lease at once, also while records name it', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    await renew(store, 'n1')
    await store.removeNode('n1')
    equal(await deadAt(store, NOON), ['n1'], 'dead')
    equal((await renew(store, 'n1', NOON + 1)).stands, false, 'stands')
  })

  rule('a node that is removed is not dead any more', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    await deadAt(store, NOON)
    await mustSave(store, forgetOf({ userId: 'ada' }))
    await store.removeNode('n1')
    equal(await deadAt(store, NOON + LEASE), [], 'dead')
  })

  rule('a removed node does not come back', async ({ store }) => {
    await renew(store, 'n1')
    await store.removeNode('n1')
    equal((await renew(store, 'n1', NOON + 1)).stands, false, 'stands a moment later')
    equal((await renew(store, 'n1', NOON + 2 * LEASE)).stands, false, 'stands after its lease')
  })

  rule('a removed node does not come back for a day', async ({ store }) => {
    await renew(store, 'n1')
    await store.removeNode('n1')
    for (const now of [NOON, NOON + DAY / 2, NOON + DAY - 1]) await renew(store, 'n2', now)
    equal((await renew(store, 'n1', NOON + DAY - 1)).stands, false, 'stands')
  })

  rule('removing twice does no harm', async ({ store }) => {
    await renew(store, 'n1')
    equal([await store.removeNode('n1'), await store.removeNode('n1')], [true, true], 'removed')
  })

  rule('removing a node leaves the leases of others', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n2'] })
    await renew(store, 'n1')
    await renew(store, 'n2')
    await store.removeNode('n1')
    equal(await deadAt(store, NOON), [], 'dead')
    equal((await renew(store, 'n2', NOON + 1)).stands, true, 'the other one stands')
  })
}
