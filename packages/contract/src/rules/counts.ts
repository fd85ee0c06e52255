import type { PresenceStore, Status, StoreQuery } from '@rollcall/core'
import { equal } from '../checks.ts'
import { idsOf } from '../paging.ts'
import { forgetOf, mustCreate, mustSave, type Sample, writeOf } from '../samples.ts'
import type { Suite } from '../suite.ts'
import { INVISIBLE, ONE_OF_EACH } from './lists.ts'

const STATUSES: readonly Status[] = ['online', 'away', 'busy', 'dnd', 'offline']

/** Every query about the spaces `a` and `b` and about everywhere. */
const QUERIES: readonly StoreQuery[] = [{}, { space: 'a' }, { space: 'b' }].flatMap((where) =>
  (['others', 'admin'] as const).flatMap((as): StoreQuery[] => [
    { ...where, as },
    ...STATUSES.map((status) => ({ ...where, as, status })),
  ]),
)

async function agrees(store: PresenceStore, when: string): Promise<void> {
  for (const query of QUERIES) {
    equal(await store.count(query), (await idsOf(store, query)).length, `count of ${JSON.stringify(query)} ${when}`)
  }
}

/** A count is the length of the list. */
export function countRules({ rule }: Suite): void {
  rule('an empty store counts nobody', async ({ store }) => {
    for (const query of QUERIES) equal(await store.count(query), 0, `count of ${JSON.stringify(query)}`)
  })

  rule('without a status the present are counted', async ({ store }) => {
    await mustCreate(store, ...ONE_OF_EACH)
    equal(await store.count({ as: 'others' }), 4, 'count of everywhere')
    equal(await store.count({ space: 'a', as: 'others' }), 4, 'count of the space')
  })

  rule('with a status that one is counted', async ({ store }) => {
    await mustCreate(store, ...ONE_OF_EACH)
    for (const status of STATUSES) equal(await store.count({ status, as: 'others' }), 1, `count of ${status}`)
  })

  rule('others count who is invisible as offline, admins as they are', async ({ store }) => {
    await mustCreate(store, INVISIBLE)
    equal(await store.count({ space: 'a', as: 'others' }), 0, 'count of others in the space')
    equal(await store.count({ as: 'others' }), 0, 'count of others everywhere')
    equal(await store.count({ status: 'offline', as: 'others' }), 1, 'count of others, offline')
    equal(await store.count({ space: 'a', status: 'away', as: 'admin' }), 1, 'count of admins in the space')
    equal(await store.count({ status: 'offline', as: 'admin' }), 0, 'count of admins, offline')
  })

  rule('counts are the lengths of lists whatever was saved', async ({ store }) => {
    const ada: Sample = { userId: 'ada', spaces: ['a', 'b'], status: 'busy' }
    await mustCreate(store, ...ONE_OF_EACH, INVISIBLE, ada)
    await agrees(store, 'at first')
    await mustSave(
      store,
      writeOf({ ...ada, version: 2, spaces: ['b'], status: 'online' }, { expected: 'writer:1' }),
      writeOf({ ...INVISIBLE, version: 2, shown: { status: 'away', spaces: ['a'] } }, { expected: 'writer:1' }),
    )
    await agrees(store, 'after changes')
    equal(
      await store.count({ space: 'a', status: 'away', as: 'others' }),
      2,
      'who is away and who is no more invisible',
    )
  })

  rule('saving a user again counts them once', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', spaces: ['a'] })
    for (const version of [2, 3, 4]) {
      const write = writeOf({ userId: 'ada', spaces: ['a'], version }, { expected: `writer:${version - 1}` })
      await mustSave(store, write)
    }
    equal(await store.count({ space: 'a', as: 'others' }), 1, 'count of the space')
    equal(await store.count({ as: 'others' }), 1, 'count of everywhere')
  })

  rule('a forgotten user is not counted', async ({ store }) => {
    await mustCreate(store, ...ONE_OF_EACH, INVISIBLE)
    await mustSave(store, ...[...ONE_OF_EACH, INVISIBLE].map((sample) => forgetOf(sample)))
    for (const query of QUERIES) equal(await store.count(query), 0, `count of ${JSON.stringify(query)}`)
  })

  rule('a refused write changes no count', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', spaces: ['a'] })
    await store.save([writeOf({ userId: 'ada', spaces: ['b'], version: 2 }, { expected: 'other:1' })])
    await agrees(store, 'after a conflict')
    equal(await store.count({ space: 'a', as: 'others' }), 1, 'count of the space')
  })
}
