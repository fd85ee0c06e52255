import { equal } from '../checks.ts'
import { FAR, LEASE, USUAL } from '../lease-terms.ts'
import { deadAt, dueAt } from '../paging.ts'
import { mustCreate, recordOf, type Sample } from '../samples.ts'
import type { Suite } from '../suite.ts'

const ERAS = { 1990: Date.UTC(1990, 5, 1), 2100: Date.UTC(2100, 5, 1) } as const

/** `now` is what the caller says, however far the store's own clock is from it. */
export function timeRules({ rule }: Suite): void {
  for (const [year, now] of Object.entries(ERAS)) {
    rule(`who is due is decided by the now that is given, in ${year}`, async ({ store }) => {
      await mustCreate(store, { userId: 'ada', wakeAt: now })
      equal(await dueAt(store, now - 1), [], 'due 1 ms before')
      equal(await dueAt(store, now), ['ada'], 'due at the instant')
    })

    rule(`a lease runs out by the now that is given, in ${year}`, async ({ store }) => {
      await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
      await store.renewNode('n1', now + LEASE, now, FAR)
      equal(await deadAt(store, now + LEASE - 1), [], 'dead 1 ms before')
      equal((await store.renewNode('n1', now + 2 * LEASE, now + LEASE, FAR)).stands, true, 'stands')
      equal(await deadAt(store, now + 2 * LEASE), ['n1'], 'dead at the instant')
    })

    rule(`a hold-off begins and ends by the now that is given, in ${year}`, async ({ store }) => {
      await store.renewNode('n1', now + LEASE, now, USUAL)
      const begin = now + USUAL.afterMs
      const end = begin + USUAL.forMs
      equal((await store.renewNode('n1', begin + LEASE, begin, USUAL)).holdOffUntil, end, 'hold-off')
      equal((await store.renewNode('n1', end + LEASE, end - 1, FAR)).holdOffUntil, end, 'hold-off 1 ms before its end')
      equal((await store.renewNode('n1', end + LEASE, end, FAR)).holdOffUntil, 0, 'hold-off at its end')
    })
  }

  rule('an earlier now after a later one finds who is due then', async ({ store }) => {
    const now = ERAS[1990]
    await mustCreate(store, { userId: 'ada', wakeAt: now }, { userId: 'bob', wakeAt: now + 10 })
    equal(await dueAt(store, now + 10), ['ada', 'bob'], 'due later')
    equal(await dueAt(store, now), ['ada'], 'due earlier')
  })

  rule('a record stays until it is forgotten, however long ago all its times are', async ({ store }) => {
    const at = ERAS[1990]
    const old: Sample = {
      userId: 'ada',
      status: 'offline',
      wakeAt: at,
      record: { epoch: at, statusSince: at, lastSeenAt: at },
    }
    await mustCreate(store, old)
    equal(await store.load(['ada']), [recordOf(old)], 'load')
    equal(await dueAt(store, at), ['ada'], 'due')
  })
}
