import { equal } from '../checks.ts'
import { LEASE, USUAL } from '../lease-terms.ts'
import { deadAt } from '../paging.ts'
import { mustCreate, NOON } from '../samples.ts'
import type { Suite } from '../suite.ts'

const { afterMs, forMs } = USUAL

/** After an outage nobody is declared dead before everybody had time to renew. */
export function holdOffRules({ rule }: Suite): void {
  rule('the very first renewal begins no hold-off', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    equal((await store.renewNode('n2', NOON + LEASE, NOON, USUAL)).holdOffUntil, 0, 'hold-off')
    equal(await deadAt(store, NOON), ['n1'], 'dead')
  })

  rule('renewals in time begin no hold-off', async ({ store }) => {
    await store.renewNode('n1', NOON + LEASE, NOON, USUAL)
    const now = NOON + afterMs - 1
    equal((await store.renewNode('n1', now + LEASE, now, USUAL)).holdOffUntil, 0, 'hold-off')
  })

  rule('a renewal after nobody renewed for so long begins a hold-off', async ({ store }) => {
    await store.renewNode('n1', NOON + LEASE, NOON, USUAL)
    const now = NOON + afterMs
    equal((await store.renewNode('n1', now + LEASE, now, USUAL)).holdOffUntil, now + forMs, 'hold-off')
  })

  rule('the renewal of any node counts', async ({ store }) => {
    await store.renewNode('n1', NOON + LEASE, NOON, USUAL)
    const between = NOON + afterMs - 1
    await store.renewNode('n2', between + LEASE, between, USUAL)
    const now = NOON + afterMs + 1
    equal((await store.renewNode('n1', now + LEASE, now, USUAL)).holdOffUntil, 0, 'hold-off')
  })

  rule('every node that renews is told of a hold-off until it ends', async ({ store }) => {
    await store.renewNode('n1', NOON + LEASE, NOON, USUAL)
    const begin = NOON + 10 * afterMs
    await store.renewNode('n1', begin + LEASE, begin, USUAL)
    const end = begin + forMs
    equal((await store.renewNode('n2', begin + LEASE, begin + 1, USUAL)).holdOffUntil, end, 'hold-off a moment later')
    equal((await store.renewNode('n2', end + LEASE, begin + 15_000, USUAL)).holdOffUntil, end, 'hold-off in the middle')
    equal((await store.renewNode('n2', end + LEASE, end - 1, USUAL)).holdOffUntil, end, 'hold-off 1 ms before its end')
    equal((await store.renewNode('n2', end + LEASE, end, USUAL)).holdOffUntil, 0, 'hold-off at its end')
  })

  rule('no node is dead during a hold-off, and none is killed', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1', 'n2'] })
    await store.renewNode('n1', NOON + LEASE, NOON, USUAL)
    await store.renewNode('n2', NOON + LEASE, NOON, USUAL)
    const begin = NOON + 10 * afterMs
    await store.renewNode('n1', begin + LEASE, begin, USUAL)
    equal(await deadAt(store, begin), [], 'dead at once')
    equal(await deadAt(store, begin + forMs - 1), [], 'dead 1 ms before its end')
    equal((await store.renewNode('n2', begin + 2 * LEASE, begin + forMs - 1, USUAL)).stands, true, 'stands')
  })

  rule('a node killed before a hold-off is not listed during it, and is at its end', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    await store.renewNode('n2', NOON + LEASE, NOON, USUAL)
    equal(await deadAt(store, NOON), ['n1'], 'dead before')
    const begin = NOON + 10 * afterMs
    await store.renewNode('n2', begin + 2 * LEASE, begin, USUAL)
    equal(await deadAt(store, begin + forMs - 1), [], 'dead 1 ms before its end')
    equal(await deadAt(store, begin + forMs), ['n1'], 'dead at its end')
  })

  rule('a silence during a hold-off begins another one', async ({ store }) => {
    await store.renewNode('n1', NOON + LEASE, NOON, USUAL)
    const first = NOON + 10 * afterMs
    await store.renewNode('n1', first + LEASE, first, USUAL)
    const second = first + afterMs
    equal((await store.renewNode('n1', second + LEASE, second, USUAL)).holdOffUntil, second + forMs, 'hold-off')
    equal(
      (await store.renewNode('n1', second + 2 * LEASE, second + forMs - 1, { ...USUAL, afterMs: LEASE })).holdOffUntil,
      second + forMs,
      'hold-off 1 ms before its end',
    )
  })

  rule('who did not renew during a hold-off is dead at its end', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1', 'n2'] })
    await store.renewNode('n1', NOON + LEASE, NOON, USUAL)
    await store.renewNode('n2', NOON + LEASE, NOON, USUAL)
    const begin = NOON + 10 * afterMs
    await store.renewNode('n1', begin + 2 * LEASE, begin, USUAL)
    equal(await deadAt(store, begin + forMs), ['n2'], 'dead')
  })
}
