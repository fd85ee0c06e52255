import { equal, holds } from '../checks.ts'
import { allPages, usersOf } from '../paging.ts'
import { forgetOf, mustCreate, mustSave, type Sample, writeOf } from '../samples.ts'
import type { Suite } from '../suite.ts'

/** In the space `s`, by a number of two digits. */
function member(number: number, version = 1): Sample {
  return { userId: `user ${number}`, spaces: ['s'], nodes: ['n'], version }
}

const TWENTY: readonly Sample[] = Array.from({ length: 20 }, (_, i) => member(40 + i))

/** Pages of a list that moves meanwhile. */
export function pagingRules({ rule }: Suite): void {
  rule('who stays is listed exactly once while others enter and leave', async ({ store }) => {
    await mustCreate(store, ...TWENTY)
    let page = 0
    const records = await allPages(
      (cursor, limit) => store.list({ space: 's', as: 'others' }, cursor, limit),
      3,
      async () => {
        page++
        // One before and one behind where any page ends enter; one of the twenty, from either end, leaves.
        await mustCreate(store, member(10 + page), member(80 + page))
        const leaver = member(page % 2 === 0 ? 40 + page : 60 - page)
        await mustSave(store, writeOf({ ...leaver, version: 2, spaces: [] }, { expected: 'writer:1' }))
      },
    )
    const ids = records.map(({ userId }) => userId)
    const leavers = new Set(Array.from({ length: page }, (_, i) => ((i + 1) % 2 === 0 ? 41 + i : 59 - i)))
    for (const { userId } of TWENTY.filter((_, i) => !leavers.has(40 + i))) {
      equal(ids.filter((id) => id === userId).length, 1, `times ${userId} is listed`)
    }
    equal(new Set(ids).size, ids.length, 'users listed')
  })

  rule('who is saved again during paging is listed exactly once', async ({ store }) => {
    await mustCreate(store, ...TWENTY)
    let version = 1
    const records = await allPages(
      (cursor, limit) => store.list({ space: 's', as: 'others' }, cursor, limit),
      3,
      async () => {
        version++
        const writes = TWENTY.map((sample) => writeOf({ ...sample, version }, { expected: `writer:${version - 1}` }))
        await mustSave(store, ...writes)
      },
    )
    equal(
      records.map(({ userId }) => userId),
      TWENTY.map(({ userId }) => userId),
      'list',
    )
  })

  rule('who changes status within the query during paging is listed exactly once', async ({ store }) => {
    await mustCreate(store, ...TWENTY)
    let version = 1
    const records = await allPages(
      (cursor, limit) => store.list({ as: 'others' }, cursor, limit),
      4,
      async () => {
        version++
        const status = version % 2 === 0 ? 'away' : 'busy'
        const writes = TWENTY.map((each) =>
          writeOf({ ...each, version, status }, { expected: `writer:${version - 1}` }),
        )
        await mustSave(store, ...writes)
      },
    )
    equal(
      records.map(({ userId }) => userId),
      TWENTY.map(({ userId }) => userId),
      'list',
    )
  })

  rule('a cursor stays good when the user it stands at is forgotten', async ({ store }) => {
    await mustCreate(store, ...TWENTY)
    const records = await allPages(
      (cursor, limit) => store.list({ space: 's', as: 'others' }, cursor, limit),
      3,
      async (items) => mustSave(store, ...items.map(({ userId }) => forgetOf({ userId }))),
    )
    equal(
      records.map(({ userId }) => userId),
      TWENTY.map(({ userId }) => userId),
      'list',
    )
  })

  rule('who left and came back is listed once', async ({ store }) => {
    await mustCreate(store, ...TWENTY)
    await store.list({ space: 's', as: 'others' }, null, 3)
    const [, second] = TWENTY as [Sample, Sample]
    await mustSave(store, forgetOf(second))
    await mustCreate(store, second)
    await mustSave(store, writeOf({ ...second, version: 2, spaces: [] }, { expected: 'writer:1' }))
    await mustSave(store, writeOf({ ...second, version: 3 }, { expected: 'writer:2' }))
    const records = await allPages((cursor, limit) => store.list({ space: 's', as: 'others' }, cursor, limit), 3)
    equal(
      records.map(({ userId }) => userId),
      TWENTY.map(({ userId }) => userId),
      'list',
    )
  })

  rule('the users of a node are met exactly once while each page of them is taken off the node', async ({ store }) => {
    await mustCreate(store, ...TWENTY)
    const users = await allPages(
      (cursor, limit) => store.usersOf('n', cursor, limit),
      3,
      async (items) => {
        const writes = items.map((userId) => writeOf({ userId, version: 2, nodes: [] }, { expected: 'writer:1' }))
        await mustSave(store, ...writes)
      },
    )
    equal(
      users,
      TWENTY.map(({ userId }) => userId),
      'users of the node',
    )
    holds((await usersOf(store, 'n')).length <= 3, 'only the last page is still on the node')
  })
}
