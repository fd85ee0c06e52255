import type { WriteResult } from '@rollcall/core'
import { equal } from '../checks.ts'
import { dueAt, idsOf, usersOf } from '../paging.ts'
import { forgetOf, mustCreate, mustSave, NOON, recordOf, type Sample, writeOf } from '../samples.ts'
import type { Suite } from '../suite.ts'

const FIRST: Sample = { userId: 'ada', version: 1, spaces: ['a'], status: 'online' }
const SECOND: Sample = { userId: 'ada', version: 2, spaces: ['b'], status: 'away' }

function conflictWith(standing: Sample | null): WriteResult {
  return { ok: false, reason: 'conflict', standing: standing && recordOf(standing) }
}

/** A write passes only if the `rev` that it expects stands. */
export function compareAndSetRules({ rule }: Suite): void {
  rule('a write that expects nobody passes where nobody stands', async ({ store }) => {
    equal(await store.save([writeOf(FIRST)]), [{ ok: true }], 'save')
  })

  rule('a write that expects nobody is refused with the record that stands', async ({ store }) => {
    await mustCreate(store, FIRST)
    equal(await store.save([writeOf(SECOND)]), [conflictWith(FIRST)], 'save')
  })

  rule('a write that expects the standing rev passes', async ({ store }) => {
    await mustCreate(store, FIRST)
    equal(await store.save([writeOf(SECOND, { expected: 'writer:1' })]), [{ ok: true }], 'save')
  })

  rule('a write that expects another rev is refused with the record that stands', async ({ store }) => {
    await mustCreate(store, FIRST)
    equal(await store.save([writeOf(SECOND, { expected: 'other:1' })]), [conflictWith(FIRST)], 'save')
  })

  rule('a write that expects a rev where nobody stands is refused with null', async ({ store }) => {
    equal(await store.save([writeOf(SECOND, { expected: 'writer:1' })]), [conflictWith(null)], 'save')
  })

  rule('revisions are compared, not versions', async ({ store }) => {
    await mustCreate(store, { ...FIRST, rev: 'n1:1' })
    const other = writeOf({ ...SECOND, rev: 'n2:2' }, { expected: 'n2:1' })
    equal(await store.save([other]), [conflictWith({ ...FIRST, rev: 'n1:1' })], 'save')
  })

  rule('a conflict returns the record of the last write that passed', async ({ store }) => {
    await mustCreate(store, FIRST)
    await mustSave(store, writeOf(SECOND, { expected: 'writer:1' }))
    const third: Sample = { ...FIRST, version: 3 }
    equal(await store.save([writeOf(third, { expected: 'writer:1' })]), [conflictWith(SECOND)], 'save')
  })

  rule('a write that is repeated is in conflict with its own rev', async ({ store }) => {
    await mustCreate(store, FIRST)
    const write = writeOf(SECOND, { expected: 'writer:1' })
    await mustSave(store, write)
    equal(await store.save([write]), [conflictWith(SECOND)], 'save')
  })

  rule('a refused write leaves the record as it is', async ({ store }) => {
    await mustCreate(store, FIRST)
    await store.save([writeOf(SECOND, { expected: 'other:1' })])
    equal(await store.load(['ada']), [recordOf(FIRST)], 'load')
  })

  rule('a refused write leaves the lists as they are', async ({ store }) => {
    await mustCreate(store, FIRST)
    await store.save([writeOf(SECOND, { expected: 'other:1' })])
    equal(await idsOf(store, { space: 'a', status: 'online', as: 'others' }), ['ada'], 'list of a')
    equal(await idsOf(store, { space: 'b', as: 'others' }), [], 'list of b')
    equal(await store.count({ space: 'b', as: 'others' }), 0, 'count of b')
  })

  rule('forgetting passes only if the standing rev is expected', async ({ store }) => {
    await mustCreate(store, FIRST)
    equal(await store.save([forgetOf(FIRST, { expected: 'other:1' })]), [conflictWith(FIRST)], 'save of null')
    equal(await store.load(['ada']), [recordOf(FIRST)], 'load')
  })

  rule('a forgetting that was refused changes nothing, and nobody hears of it', async ({ store, listen }) => {
    const sample: Sample = { userId: 'ada', spaces: ['a'], nodes: ['n1'], wakeAt: NOON }
    await mustCreate(store, sample)
    const ear = await listen(store, ['user:ada'])
    await store.save([forgetOf(sample, { expected: 'other:1', topics: ['user:ada'] })])
    await ear.untilQuiet()
    equal(await store.load(['ada']), [recordOf(sample)], 'load')
    equal(await idsOf(store, { space: 'a', as: 'others' }), ['ada'], 'list')
    equal(await dueAt(store, NOON), ['ada'], 'due')
    equal(await usersOf(store, 'n1'), ['ada'], 'users of the node')
    equal(ear.changes, [], 'changes')
  })

  rule('forgetting who is not there is refused with null', async ({ store }) => {
    equal(await store.save([forgetOf(FIRST)]), [conflictWith(null)], 'save of null')
  })

  rule('the rev of a forgotten record stands no more', async ({ store }) => {
    await mustCreate(store, FIRST)
    await mustSave(store, forgetOf(FIRST))
    equal(await store.save([writeOf(SECOND, { expected: 'writer:1' })]), [conflictWith(null)], 'save')
  })

  rule('results come in the order of the writes', async ({ store }) => {
    const standing = ['b', 'd', 'f'].map((userId): Sample => ({ userId }))
    await mustCreate(store, ...standing)
    const writes = ['f', 'a', 'e', 'b', 'd', 'c'].map((userId) => writeOf({ userId, version: 2 }))
    const expected = writes.map(({ userId }) => (standing.some((each) => each.userId === userId) ? 'conflict' : 'ok'))
    const results = await store.save(writes)
    equal(
      results.map((result) => (result.ok ? 'ok' : result.reason)),
      expected,
      'results',
    )
  })

  rule('each conflict returns the record of its own user', async ({ store }) => {
    await mustCreate(store, { userId: 'a' }, { userId: 'b' }, { userId: 'c' })
    const results = await store.save(['c', 'a', 'b'].map((userId) => writeOf({ userId, version: 2 })))
    equal(
      results,
      ['c', 'a', 'b'].map((userId) => conflictWith({ userId })),
      'results',
    )
  })

  rule('a conflict in a call stops no other write of it', async ({ store }) => {
    await mustCreate(store, FIRST)
    await store.save([writeOf({ userId: 'bob' }), writeOf(SECOND), writeOf({ userId: 'cyd' })])
    const records = await store.load(['bob', 'ada', 'cyd'])
    equal(
      records.map((record) => record?.rev),
      ['writer:1', 'writer:1', 'writer:1'],
      'revs',
    )
  })

  rule('two writes of one user in one call are executed in order', async ({ store }) => {
    await mustSave(store, writeOf(FIRST), writeOf(SECOND, { expected: 'writer:1' }))
    equal(await store.load(['ada']), [recordOf(SECOND)], 'load')
    equal(await idsOf(store, { space: 'a', as: 'others' }), [], 'list of the first space')
    equal(await idsOf(store, { space: 'b', as: 'others' }), ['ada'], 'list of the second space')
  })

  rule('the second write of a user in a call is compared with the first', async ({ store }) => {
    await mustCreate(store, FIRST)
    const third: Sample = { ...FIRST, version: 3 }
    const results = await store.save([SECOND, third].map((sample) => writeOf(sample, { expected: 'writer:1' })))
    equal(results, [{ ok: true }, conflictWith(SECOND)], 'results')
  })

  rule('a user can be forgotten and saved anew in one call', async ({ store }) => {
    await mustCreate(store, FIRST)
    await mustSave(store, forgetOf(FIRST), writeOf(SECOND))
    equal(await store.load(['ada']), [recordOf(SECOND)], 'load')
    equal(await idsOf(store, { as: 'others' }), ['ada'], 'list')
  })

  rule('of calls at once that expect the same rev exactly one passes', async ({ store }) => {
    await mustCreate(store, FIRST)
    const contenders = Array.from({ length: 20 }, (_, i): Sample => ({ ...SECOND, rev: `n${i}:2` }))
    const calls = contenders.map((sample) => store.save([writeOf(sample, { expected: 'writer:1' })]))
    const results = (await Promise.all(calls)).flat()
    const winners = contenders.filter((_, i) => results[i]?.ok)
    equal(winners.length, 1, 'writes that passed')
    equal(await store.load(['ada']), winners.map(recordOf), 'load')
  })

  rule('of calls at once that create a user exactly one passes, and the others get its record', async ({ store }) => {
    const contenders = Array.from({ length: 20 }, (_, i): Sample => ({ ...FIRST, rev: `n${i}:1` }))
    const results = (await Promise.all(contenders.map((sample) => store.save([writeOf(sample)])))).flat()
    const [winner] = contenders.filter((_, i) => results[i]?.ok)
    equal(results.filter(({ ok }) => ok).length, 1, 'writes that passed')
    equal(
      results.filter(({ ok }) => !ok),
      Array(19).fill(conflictWith(winner ?? null)),
      'the others',
    )
  })
}
