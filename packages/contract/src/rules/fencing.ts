import type { PresenceStore } from '@rollcall/core'
import { equal } from '../checks.ts'
import { LEASE, renew } from '../lease-terms.ts'
import { deadAt, dueAt, idsOf, usersOf } from '../paging.ts'
import { forgetOf, mustCreate, mustSave, NOON, recordOf, type Sample, writeOf } from '../samples.ts'
import type { Suite } from '../suite.ts'

const AFTER = NOON + LEASE
const ADA: Sample = { userId: 'ada', nodes: ['n1'], spaces: ['a'] }
/** What a node writes that does not know that it is dead. */
const LATE: Sample = { ...ADA, version: 2, rev: 'n1:2', spaces: ['b'], wakeAt: NOON }

/** Node `n1` holds a connection of ada and is dead. */
async function killHolder(store: PresenceStore): Promise<void> {
  await mustCreate(store, ADA)
  await renew(store, 'n1')
  await deadAt(store, AFTER)
}

/** A dead node's writes change nothing for good. */
export function fencingRules({ rule }: Suite): void {
  rule('a late write of a killed node is refused, or its node is found dead again', async ({ store }) => {
    await killHolder(store)
    await mustSave(store, writeOf({ userId: 'ada', version: 2, nodes: [] }, { expected: 'writer:1' }))
    const [result] = await store.save([writeOf({ ...LATE, version: 3 }, { expected: 'writer:2', writer: 'n1' })])
    if (store.capabilities.fencedSaves) {
      equal(result, { ok: false, reason: 'fenced' }, 'result')
      equal(await deadAt(store, AFTER), [], 'dead')
    } else {
      equal(result, { ok: true }, 'result')
      equal(await deadAt(store, AFTER), ['n1'], 'dead')
    }
  })

  rule('a late write of a removed node is refused, or its node is found dead again', async ({ store }) => {
    await renew(store, 'n1')
    await store.removeNode('n1')
    const [result] = await store.save([writeOf(ADA, { writer: 'n1' })])
    equal(result, store.capabilities.fencedSaves ? { ok: false, reason: 'fenced' } : { ok: true }, 'result')
    equal(await deadAt(store, NOON + 1), store.capabilities.fencedSaves ? [] : ['n1'], 'dead')
  })

  rule('late writes of a killed node are refused whomever they are of, or all found under it', async ({ store }) => {
    await killHolder(store)
    await mustSave(store, forgetOf(ADA))
    await store.removeNode('n1')
    // So many that every part of a store that is divided by users gets some.
    const userIds = Array.from({ length: 200 }, (_, i) => `user ${100 + i}`)
    const late = userIds.map((userId) => writeOf({ userId, nodes: ['n1'] }, { writer: 'n1' }))
    const { fencedSaves } = store.capabilities
    equal(
      await store.save(late),
      late.map(() => (fencedSaves ? { ok: false, reason: 'fenced' } : { ok: true })),
      'results',
    )
    equal(await deadAt(store, AFTER), fencedSaves ? [] : ['n1'], 'dead')
    equal(await usersOf(store, 'n1'), fencedSaves ? [] : userIds, 'users of the node')
  })

  rule('a late forgetting by a killed node passes only where saves are not fenced', async ({ store }) => {
    await killHolder(store)
    const [result] = await store.save([forgetOf(ADA, { writer: 'n1' })])
    equal(result, store.capabilities.fencedSaves ? { ok: false, reason: 'fenced' } : { ok: true }, 'result')
    const [record] = await store.load(['ada'])
    equal(record ?? null, store.capabilities.fencedSaves ? recordOf(ADA) : null, 'load')
  })

  rule('a write that was refused changes neither record nor index', async ({ store }) => {
    await killHolder(store)
    // Where saves are not fenced, compare-and-set refuses it: the outcome must be the same.
    const expected = store.capabilities.fencedSaves ? 'writer:1' : 'other:1'
    await store.save([writeOf(LATE, { expected, writer: 'n1' })])
    equal(await store.load(['ada']), [recordOf(ADA)], 'load')
    equal(await idsOf(store, { space: 'a', as: 'others' }), ['ada'], 'list of the space')
    equal(await idsOf(store, { space: 'b', as: 'others' }), [], 'list of the other space')
    equal(await dueAt(store, AFTER), [], 'due')
    equal(await usersOf(store, 'n1'), ['ada'], 'users of the node')
  })

  rule('a write that was refused is published to nobody', async ({ store, listen }) => {
    await killHolder(store)
    const ear = await listen(store, ['user:ada'])
    const expected = store.capabilities.fencedSaves ? 'writer:1' : 'other:1'
    await store.save([writeOf(LATE, { expected, writer: 'n1', topics: ['user:ada'] })])
    await ear.untilQuiet()
    equal(ear.changes, [], 'changes')
  })

  rule('others may write what a dead node held', async ({ store }) => {
    await killHolder(store)
    await renew(store, 'n2')
    const swept = writeOf({ userId: 'ada', version: 2, nodes: [] }, { expected: 'writer:1', writer: 'n2' })
    equal(await store.save([swept]), [{ ok: true }], 'save by a living node')
  })

  rule('others in the same call are not refused with a dead node', async ({ store }) => {
    await killHolder(store)
    const writes = [
      writeOf({ userId: 'bob' }, { writer: 'n2' }),
      writeOf(LATE, { writer: 'n1', expected: store.capabilities.fencedSaves ? 'writer:1' : 'other:1' }),
      writeOf({ userId: 'cyd' }, { writer: 'n2' }),
    ]
    const results = await store.save(writes)
    equal(
      results.map(({ ok }) => ok),
      [true, false, true],
      'results',
    )
  })

  rule('a writer that never had a lease may write', async ({ store }) => {
    equal(await store.save([writeOf({ userId: 'ada' }, { writer: 'a script' })]), [{ ok: true }], 'save')
  })

  rule('a writer whose lease ran out but was not killed may write', async ({ store }) => {
    await renew(store, 'n1')
    await store.renewNode('n2', AFTER + LEASE, AFTER, { afterMs: 1e9, forMs: 0 })
    equal(await store.save([writeOf(ADA, { writer: 'n1' })]), [{ ok: true }], 'save')
  })
}
