import { equal } from '../checks.ts'
import { LEASE, renew } from '../lease-terms.ts'
import { deadAt, usersOf } from '../paging.ts'
import { forgetOf, mustCreate, mustSave, NOON, type Sample, writeOf } from '../samples.ts'
import type { Suite } from '../suite.ts'

/** Which nodes are dead is read from what records name. */
export function deadNodeRules({ rule }: Suite): void {
  rule('a store without nodes has no dead ones', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: [] })
    equal(await store.deadNodes(NOON, null, 10), { items: [], next: null }, 'dead')
  })

  rule('a node that a record names and that never had a lease is dead', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    equal(await deadAt(store, NOON), ['n1'], 'dead')
  })

  rule('a node that no record names is not listed, however long its lease is over', async ({ store }) => {
    await renew(store, 'n1')
    equal(await deadAt(store, NOON + 100 * LEASE), [], 'dead')
    equal((await renew(store, 'n1', NOON + 100 * LEASE)).stands, true, 'stands')
  })

  rule('a dead node is listed again until no record names it', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] }, { userId: 'bob', nodes: ['n1'] })
    equal(await deadAt(store, NOON), ['n1'], 'dead')
    await mustSave(store, writeOf({ userId: 'ada', version: 2, nodes: [] }, { expected: 'writer:1' }))
    equal(await deadAt(store, NOON), ['n1'], 'dead while one names it')
    await mustSave(store, forgetOf({ userId: 'bob' }))
    equal(await deadAt(store, NOON), [], 'dead when none does')
  })

  rule('of two nodes of one user the dead one is listed', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1', 'n2'] })
    await renew(store, 'n2')
    equal(await deadAt(store, NOON), ['n1'], 'dead')
  })

  rule('dead nodes are ordered by id and paged', async ({ store }) => {
    const nodes = Array.from({ length: 9 }, (_, i) => `node ${(i * 4) % 9}`)
    await mustCreate(store, ...nodes.map((node, i): Sample => ({ userId: `user ${i}`, nodes: [node] })))
    await renew(store, 'node 5')
    const dead = [...nodes].sort().filter((node) => node !== 'node 5')
    equal(await deadAt(store, NOON, 2), dead, 'dead')
  })

  rule('a page of dead nodes holds at most as many as asked for, and the last one no cursor', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1', 'n2', 'n3'] })
    const { items, next } = await store.deadNodes(NOON, null, 2)
    equal(items, ['n1', 'n2'], 'first page')
    equal((await store.deadNodes(NOON, next, 2)).items, ['n3'], 'second page')
    equal(await store.deadNodes(NOON, null, 3), { items: ['n1', 'n2', 'n3'], next: null }, 'one page for all')
  })

  rule('a pass that sweeps each node it met meets all of them', async ({ store }) => {
    const nodes = Array.from({ length: 7 }, (_, i) => `node ${i}`)
    await mustCreate(store, ...nodes.map((node): Sample => ({ userId: `user of ${node}`, nodes: [node] })))
    const met: string[] = []
    let cursor: string | null = null
    do {
      const { items, next }: { items: readonly string[]; next: string | null } = await store.deadNodes(NOON, cursor, 2)
      met.push(...items)
      await mustSave(store, ...items.map((node) => forgetOf({ userId: `user of ${node}` })))
      for (const node of items) await store.removeNode(node)
      cursor = next
    } while (cursor !== null && met.length < 20)
    equal(met, nodes, 'nodes met')
  })

  rule('two sweepers at once find the same dead nodes', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1', 'n2', 'n3'] })
    const passes = await Promise.all([deadAt(store, NOON), deadAt(store, NOON)])
    equal(
      passes,
      [
        ['n1', 'n2', 'n3'],
        ['n1', 'n2', 'n3'],
      ],
      'two passes',
    )
  })

  rule('the users of a node are ordered by id and paged', async ({ store }) => {
    const samples = Array.from(
      { length: 9 },
      (_, i): Sample => ({ userId: `user ${(i * 4) % 9}`, nodes: ['n1', 'n2'] }),
    )
    await mustCreate(store, ...samples, { userId: 'another', nodes: ['n2'] })
    const users = Array.from({ length: 9 }, (_, i) => `user ${i}`)
    equal(await usersOf(store, 'n1', 2), users, 'users of one node')
    equal(await usersOf(store, 'n2', 4), ['another', ...users], 'users of the other')
  })

  rule('a page of users holds at most as many as asked for, and the last one no cursor', async ({ store }) => {
    await mustCreate(store, ...['a', 'b', 'c'].map((userId): Sample => ({ userId, nodes: ['n1'] })))
    const { items, next } = await store.usersOf('n1', null, 2)
    equal(items, ['a', 'b'], 'first page')
    equal((await store.usersOf('n1', next, 2)).items, ['c'], 'second page')
    equal(await store.usersOf('n1', null, 3), { items: ['a', 'b', 'c'], next: null }, 'one page for all')
  })

  rule('a node that nobody names has no users', async ({ store }) => {
    equal(await store.usersOf('n1', null, 10), { items: [], next: null }, 'users')
  })

  rule('the users of a node follow every save', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] }, { userId: 'bob', nodes: ['n1'] })
    await mustSave(store, writeOf({ userId: 'ada', version: 2, nodes: ['n2'] }, { expected: 'writer:1' }))
    await mustSave(store, forgetOf({ userId: 'bob' }))
    equal(await usersOf(store, 'n1'), [], 'users of the node left')
    equal(await usersOf(store, 'n2'), ['ada'], 'users of the node entered')
  })

  rule('a refused write moves nobody between nodes', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    await store.save([writeOf({ userId: 'ada', version: 2, nodes: ['n2'] }, { expected: 'other:1' })])
    equal(await usersOf(store, 'n1'), ['ada'], 'users of the node')
    equal(await usersOf(store, 'n2'), [], 'users of the other node')
  })
}
