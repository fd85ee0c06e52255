import type { Status } from '@rollcall/core'
import { equal } from '../checks.ts'
import { idsOf } from '../paging.ts'
import { forgetOf, HIDDEN, mustCreate, mustSave, recordOf, type Sample, writeOf } from '../samples.ts'
import type { Suite } from '../suite.ts'

/** One user of each status, in the space `a` if present. */
export const ONE_OF_EACH: readonly Sample[] = (['online', 'away', 'busy', 'dnd', 'offline'] as const).map(
  (status): Sample => ({ userId: `who is ${status}`, status, spaces: ['a'] }),
)

/** In space `a`, and invisible. */
export const INVISIBLE: Sample = { userId: 'ivy', status: 'away', spaces: ['a'], shown: HIDDEN }

/** Who stands where with which status, as whom. */
export function listRules({ rule }: Suite): void {
  rule('a space that nobody stands in is an empty page', async ({ store }) => {
    equal(await store.list({ space: 'a', as: 'others' }, null, 10), { items: [], next: null }, 'list')
  })

  rule('the present users of a space are listed with their records', async ({ store }) => {
    await mustCreate(store, ...ONE_OF_EACH)
    const { items } = await store.list({ space: 'a', as: 'others' }, null, 10)
    const present = ['away', 'busy', 'dnd', 'online'].map((status) => `who is ${status}`)
    equal(
      items,
      present.map((userId) => recordOf(ONE_OF_EACH.find((each) => each.userId === userId) as Sample)),
      'list',
    )
  })

  for (const status of ['online', 'away', 'busy', 'dnd'] as const satisfies readonly Status[]) {
    rule(`the filter ${status} lists that one status`, async ({ store }) => {
      await mustCreate(store, ...ONE_OF_EACH)
      equal(await idsOf(store, { space: 'a', status, as: 'others' }), [`who is ${status}`], 'list of the space')
      equal(await idsOf(store, { status, as: 'others' }), [`who is ${status}`], 'list of everywhere')
    })
  }

  rule('the filter offline lists who is offline, and stands in no space', async ({ store }) => {
    await mustCreate(store, ...ONE_OF_EACH)
    equal(await idsOf(store, { status: 'offline', as: 'others' }), ['who is offline'], 'list of everywhere')
    equal(await idsOf(store, { space: 'a', status: 'offline', as: 'others' }), [], 'list of the space')
  })

  rule('without a space the present users of all spaces and of none are listed', async ({ store }) => {
    await mustCreate(store, ...ONE_OF_EACH, { userId: 'x', spaces: ['b', 'c'] }, { userId: 'y' })
    const present = ['away', 'busy', 'dnd', 'online'].map((status) => `who is ${status}`)
    equal(await idsOf(store, { as: 'others' }), [...present, 'x', 'y'], 'list')
  })

  rule('others do not find who is invisible in a space or among the present', async ({ store }) => {
    await mustCreate(store, INVISIBLE, { userId: 'x', spaces: ['a'], status: 'away' })
    equal(await idsOf(store, { space: 'a', as: 'others' }), ['x'], 'list of the space')
    equal(await idsOf(store, { space: 'a', status: 'away', as: 'others' }), ['x'], 'list of the space by status')
    equal(await idsOf(store, { as: 'others' }), ['x'], 'list of everywhere')
  })

  rule('others find who is invisible among the offline', async ({ store }) => {
    await mustCreate(store, INVISIBLE)
    equal(await idsOf(store, { status: 'offline', as: 'others' }), ['ivy'], 'list')
  })

  rule('admins find who is invisible as they are', async ({ store }) => {
    await mustCreate(store, INVISIBLE)
    equal(await idsOf(store, { space: 'a', as: 'admin' }), ['ivy'], 'list of the space')
    equal(await idsOf(store, { space: 'a', status: 'away', as: 'admin' }), ['ivy'], 'list of the space by status')
    equal(await idsOf(store, { status: 'offline', as: 'admin' }), [], 'list of the offline')
  })

  rule('others and admins may see one user with different statuses in different spaces', async ({ store }) => {
    const shown = { status: 'online', spaces: ['a', 'b'] } as const
    await mustCreate(store, { userId: 'ada', status: 'away', spaces: ['b', 'c'], shown })
    for (const [space, others, admin] of [
      ['a', 1, 0],
      ['b', 1, 1],
      ['c', 0, 1],
    ] as const) {
      equal((await idsOf(store, { space, status: 'online', as: 'others' })).length, others, `others in ${space}`)
      equal((await idsOf(store, { space, status: 'away', as: 'admin' })).length, admin, `admins in ${space}`)
    }
  })

  rule('who turns invisible leaves the lists of others, and who ends it returns', async ({ store }) => {
    const visible: Sample = { ...INVISIBLE, shown: { status: 'away', spaces: ['a'] } }
    await mustCreate(store, visible)
    await mustSave(store, writeOf({ ...INVISIBLE, version: 2 }, { expected: 'writer:1' }))
    equal(await idsOf(store, { space: 'a', as: 'others' }), [], 'list while invisible')
    equal(await idsOf(store, { space: 'a', as: 'admin' }), ['ivy'], 'list for admins while invisible')
    await mustSave(store, writeOf({ ...visible, version: 3 }, { expected: 'writer:2' }))
    equal(await idsOf(store, { space: 'a', as: 'others' }), ['ivy'], 'list after')
  })

  rule('a user in many spaces is listed in each', async ({ store }) => {
    const spaces = Array.from({ length: 100 }, (_, i) => `space ${i}`)
    await mustCreate(store, { userId: 'ada', spaces })
    for (const space of spaces) equal(await idsOf(store, { space, as: 'others' }), ['ada'], `list of ${space}`)
  })

  rule('a user moves between spaces and statuses with each save', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', spaces: ['a', 'b'] })
    const moved: Sample = { userId: 'ada', version: 2, spaces: ['b', 'c'], status: 'busy' }
    await mustSave(store, writeOf(moved, { expected: 'writer:1' }))
    equal(await idsOf(store, { space: 'a', as: 'others' }), [], 'list of the space left')
    equal(await idsOf(store, { space: 'b', status: 'online', as: 'others' }), [], 'list of the status left')
    equal(await idsOf(store, { space: 'b', status: 'busy', as: 'others' }), ['ada'], 'list of the space kept')
    equal(await idsOf(store, { space: 'c', as: 'others' }), ['ada'], 'list of the space entered')
  })

  rule('who goes offline leaves every list of present users', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', spaces: ['a'] })
    await mustSave(store, writeOf({ userId: 'ada', version: 2, status: 'offline' }, { expected: 'writer:1' }))
    equal(await idsOf(store, { space: 'a', as: 'others' }), [], 'list of the space')
    equal(await idsOf(store, { as: 'others' }), [], 'list of everywhere')
    equal(await idsOf(store, { status: 'offline', as: 'others' }), ['ada'], 'list of the offline')
  })

  rule('a forgotten user is in no list', async ({ store }) => {
    await mustCreate(store, ...ONE_OF_EACH, INVISIBLE)
    await mustSave(store, ...[...ONE_OF_EACH, INVISIBLE].map((sample) => forgetOf(sample)))
    for (const as of ['others', 'admin'] as const) {
      equal(await idsOf(store, { space: 'a', as }), [], `list of the space as ${as}`)
      equal(await idsOf(store, { as }), [], `list of everywhere as ${as}`)
      equal(await idsOf(store, { status: 'offline', as }), [], `list of the offline as ${as}`)
    }
  })

  rule('lists give the record as last saved', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', spaces: ['a'] })
    const next: Sample = { userId: 'ada', spaces: ['a'], version: 2, record: { lastActiveAt: 5 } }
    await mustSave(store, writeOf(next, { expected: 'writer:1' }))
    equal((await store.list({ space: 'a', as: 'others' }, null, 10)).items, [recordOf(next)], 'list')
  })

  rule('lists are ordered by user id, by its bytes and by no locale', async ({ store }) => {
    // No two sorts by locale agree on these; bytes and code units do.
    const ordered = ['10', '9', 'A', 'Z', 'a', 'a b', 'a-b', 'aa', 'ab', 'b', 'ä', 'é']
    await mustCreate(
      store,
      ...[...ordered].reverse().map((userId): Sample => ({ userId, spaces: ['a'], nodes: ['n'] })),
    )
    equal(await idsOf(store, { space: 'a', as: 'others' }), ordered, 'list of the space')
    equal(await idsOf(store, { space: 'a', as: 'admin' }, 5), ordered, 'list of the space in pages')
    equal(await idsOf(store, { as: 'others' }, 5), ordered, 'list of everywhere in pages')
  })

  rule('a page holds at most as many as asked for, and the last one no cursor', async ({ store }) => {
    await mustCreate(store, ...['a', 'b', 'c'].map((userId): Sample => ({ userId, spaces: ['s'] })))
    const first = await store.list({ space: 's', as: 'others' }, null, 2)
    equal(
      first.items.map(({ userId }) => userId),
      ['a', 'b'],
      'first page',
    )
    const second = await store.list({ space: 's', as: 'others' }, first.next, 2)
    equal(
      second.items.map(({ userId }) => userId),
      ['c'],
      'second page',
    )
    equal((await store.list({ space: 's', as: 'others' }, null, 3)).next, null, 'cursor of one page for all')
  })

  rule('a filter pages through many who do not match', async ({ store }) => {
    const status = (i: number): Status => (i % 10 === 0 ? 'dnd' : 'online')
    const samples = Array.from(
      { length: 60 },
      (_, i): Sample => ({ userId: `${100 + i}`, spaces: ['s'], status: status(i) }),
    )
    await mustCreate(store, ...samples)
    const expected = ['100', '110', '120', '130', '140', '150']
    equal(await idsOf(store, { space: 's', status: 'dnd', as: 'others' }, 2), expected, 'list')
  })
}
