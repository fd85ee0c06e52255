import { equal, equalSets } from '../checks.ts'
import { allPages, dueAt } from '../paging.ts'
import { forgetOf, mustCreate, mustSave, NOON, type Sample, writeOf } from '../samples.ts'
import type { Suite } from '../suite.ts'

/** Saves over what {@link mustCreate} saved. */
function again(sample: Sample) {
  return writeOf({ ...sample, version: 2 }, { expected: 'writer:1' })
}

/** Who wants to be woken, and when. */
export function dueRules({ rule }: Suite): void {
  rule('nobody is due in an empty store', async ({ store }) => {
    equal(await store.due(NOON, null, 10), { items: [], next: null }, 'due')
  })

  rule('a user is due at the instant of wakeAt, not a millisecond sooner', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', wakeAt: NOON })
    equal(await dueAt(store, NOON - 1), [], 'due 1 ms before')
    equal(await dueAt(store, NOON), ['ada'], 'due at the instant')
    equal(await dueAt(store, NOON + 1), ['ada'], 'due 1 ms after')
  })

  rule('a user without wakeAt is never due', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', wakeAt: null })
    equal(await dueAt(store, NOON * 2), [], 'due')
  })

  rule('a user whose wakeAt is long past is due', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', wakeAt: 1 }, { userId: 'bob', wakeAt: 0 })
    equal(await dueAt(store, NOON), ['bob', 'ada'], 'due')
  })

  rule('the oldest comes first', async ({ store }) => {
    const wakes = { d: 3, a: 5, e: 1, b: 4, c: 2 }
    await mustCreate(store, ...Object.entries(wakes).map(([userId, wakeAt]) => ({ userId, wakeAt: NOON + wakeAt })))
    equal(await dueAt(store, NOON + 5), ['e', 'c', 'd', 'b', 'a'], 'due')
  })

  rule('the oldest comes first over all pages', async ({ store }) => {
    const samples = Array.from(
      { length: 40 },
      (_, i): Sample => ({ userId: `user ${(i * 17) % 40}`, wakeAt: NOON + i }),
    )
    await mustCreate(store, ...samples)
    equal(
      await dueAt(store, NOON + 39, 3),
      samples.map(({ userId }) => userId),
      'due',
    )
  })

  rule('users of one instant are met once each over all pages', async ({ store }) => {
    const samples = Array.from({ length: 25 }, (_, i): Sample => ({ userId: `user ${i}`, wakeAt: NOON }))
    await mustCreate(store, ...samples)
    equalSets(
      await dueAt(store, NOON, 2),
      samples.map(({ userId }) => userId),
      'due',
    )
  })

  rule('a page holds at most as many as asked for, and the last one no cursor', async ({ store }) => {
    await mustCreate(store, ...['a', 'b', 'c'].map((userId, i) => ({ userId, wakeAt: NOON + i })))
    const { items, next } = await store.due(NOON + 9, null, 2)
    equal(items, ['a', 'b'], 'first page')
    equal((await store.due(NOON + 9, next, 2)).items, ['c'], 'second page')
    equal(await store.due(NOON + 9, null, 3), { items: ['a', 'b', 'c'], next: null }, 'one page for all')
  })

  rule('a later wakeAt replaces the one before', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', wakeAt: NOON })
    await mustSave(store, again({ userId: 'ada', wakeAt: NOON + 10 }))
    equal(await dueAt(store, NOON + 9), [], 'due before')
    equal(await dueAt(store, NOON + 10), ['ada'], 'due at the later one')
  })

  rule('an earlier wakeAt replaces the one before', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', wakeAt: NOON + 10 })
    await mustSave(store, again({ userId: 'ada', wakeAt: NOON }))
    equal(await dueAt(store, NOON), ['ada'], 'due')
    equal(await dueAt(store, NOON + 10), ['ada'], 'due once')
  })

  rule('a save without wakeAt takes the user out', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', wakeAt: NOON })
    await mustSave(store, again({ userId: 'ada', wakeAt: null }))
    equal(await dueAt(store, NOON), [], 'due')
  })

  rule('a forgotten user is not due', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', wakeAt: NOON })
    await mustSave(store, forgetOf({ userId: 'ada' }))
    equal(await dueAt(store, NOON), [], 'due')
  })

  rule('a refused write leaves wakeAt as it is', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', wakeAt: NOON })
    await store.save([writeOf({ userId: 'ada', version: 2, wakeAt: NOON + 10 }, { expected: 'other:1' })])
    equal(await dueAt(store, NOON), ['ada'], 'due')
  })

  rule('reading who is due changes nothing: a second sweeper finds the same', async ({ store }) => {
    await mustCreate(store, ...['a', 'b', 'c', 'd'].map((userId, i) => ({ userId, wakeAt: NOON + i })))
    const passes = await Promise.all([dueAt(store, NOON + 9, 1), dueAt(store, NOON + 9, 1)])
    equal(
      passes,
      [
        ['a', 'b', 'c', 'd'],
        ['a', 'b', 'c', 'd'],
      ],
      'two passes at once',
    )
    equal(await dueAt(store, NOON + 9), ['a', 'b', 'c', 'd'], 'a third pass')
  })

  rule('a pass goes on behind users who stay due', async ({ store }) => {
    await mustCreate(store, ...['a', 'b', 'c', 'd', 'e'].map((userId) => ({ userId, wakeAt: NOON })))
    const first = await store.due(NOON, null, 3)
    const rest = await allPages((cursor, limit) => store.due(NOON, cursor ?? first.next, limit), 3)
    equalSets([...first.items, ...rest], ['a', 'b', 'c', 'd', 'e'], 'users met')
  })

  rule('who stays due is met once while others become due around them', async ({ store }) => {
    const samples = Array.from(
      { length: 20 },
      (_, i): Sample => ({ userId: `user ${10 + i}`, wakeAt: NOON + 10 + (i >> 1) }),
    )
    await mustCreate(store, ...samples)
    let arrived = 0
    const arrive = async () => {
      const number = arrived++
      // Before all that was read, and at an instant that is being read.
      const wakes = [NOON, NOON + 10 + number]
      await mustCreate(store, ...wakes.map((wakeAt, i): Sample => ({ userId: `new ${number}/${i}`, wakeAt })))
    }
    const met = await allPages((cursor, limit) => store.due(NOON + 99, cursor, limit), 3, arrive)
    equalSets(
      met.filter((userId) => userId.startsWith('user ')),
      samples.map(({ userId }) => userId),
      'users met',
    )
  })

  rule('a pass that moves each user it met meets everyone once', async ({ store }) => {
    const samples = Array.from({ length: 20 }, (_, i): Sample => ({ userId: `user ${i}`, wakeAt: NOON + (i % 4) }))
    await mustCreate(store, ...samples)
    const move = async (items: readonly string[]) => {
      await mustSave(store, ...items.map((userId) => again({ userId, wakeAt: NOON + 1_000 })))
    }
    const met = await allPages((cursor, limit) => store.due(NOON + 9, cursor, limit), 3, move)
    equalSets(
      met,
      samples.map(({ userId }) => userId),
      'users met',
    )
  })

  rule('a pass that forgets each user it met meets everyone once', async ({ store }) => {
    const samples = Array.from({ length: 20 }, (_, i): Sample => ({ userId: `user ${i}`, wakeAt: NOON + (i % 4) }))
    await mustCreate(store, ...samples)
    const forget = async (items: readonly string[]) => {
      await mustSave(store, ...items.map((userId) => forgetOf({ userId })))
    }
    const met = await allPages((cursor, limit) => store.due(NOON + 9, cursor, limit), 3, forget)
    equalSets(
      met,
      samples.map(({ userId }) => userId),
      'users met',
    )
  })
}
