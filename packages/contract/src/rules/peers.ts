import { hashRev } from '@rollcall/core'
import { equal } from '../checks.ts'
import { LEASE, renew, USUAL } from '../lease-terms.ts'
import { deadAt, dueAt, idsOf } from '../paging.ts'
import { mustCreate, mustSave, NOON, recordOf, type Sample, writeOf } from '../samples.ts'
import type { Suite } from '../suite.ts'

const ADA: Sample = { userId: 'ada', spaces: ['a'], nodes: ['n1'], wakeAt: NOON }

/** Two handles on one store, as two processes have them. */
export function peerRules({ rule }: Suite): void {
  rule('what one handle saves another one reads', async ({ store, peer }) => {
    const other = await peer()
    await mustCreate(store, ADA)
    equal(await other.load(['ada']), [recordOf(ADA)], 'load')
    equal(await idsOf(other, { space: 'a', as: 'others' }), ['ada'], 'list')
    equal(await dueAt(other, NOON), ['ada'], 'due')
  })

  rule('of two handles that expect the same rev exactly one passes', async ({ store, peer }) => {
    const other = await peer()
    await mustCreate(store, ADA)
    const save = (handle: typeof store, rev: string) =>
      handle.save([writeOf({ ...ADA, version: 2, rev }, { expected: 'writer:1' })])
    const results = (await Promise.all([save(store, 'n1:2'), save(other, 'n2:2')])).flat()
    equal(results.filter(({ ok }) => ok).length, 1, 'writes that passed')
  })

  rule('what one handle saves another one hears', async ({ store, peer, listen }) => {
    const ear = await listen(await peer(), ['user:ada'])
    const write = writeOf(ADA, { topics: ['user:ada'], note: { a: [] } })
    await mustSave(store, write)
    await ear.untilChanges(1)
    equal(ear.changes, [write.change], 'changes')
  })

  rule('what one handle signals another one hears', async ({ store, peer, listen }) => {
    const ear = await listen(await peer(), ['space:a'])
    const { subscription } = await listen(store, [])
    await subscription.publish({ topic: 'space:a', signal: { a: [] } })
    await ear.untilSignals(1)
    equal(ear.signals, [{ topic: 'space:a', signal: { a: [] } }], 'signals')
  })

  rule('a lease that one handle kills is killed for the other', async ({ store, peer }) => {
    const other = await peer()
    await mustCreate(store, ADA)
    await renew(store, 'n1')
    equal(await deadAt(other, NOON + LEASE - 1), [], 'dead before')
    equal(await deadAt(other, NOON + LEASE), ['n1'], 'dead')
    equal((await renew(store, 'n1', NOON + LEASE)).stands, false, 'stands')
  })

  rule(
    'a late write through one handle is refused when the other killed its node, or found',
    async ({ store, peer }) => {
      const other = await peer()
      await mustCreate(store, ADA)
      await renew(other, 'n1')
      equal(await deadAt(store, NOON + LEASE), ['n1'], 'dead')
      await mustSave(store, writeOf({ userId: 'ada', version: 2 }, { expected: 'writer:1' }))
      const late = writeOf({ ...ADA, version: 3 }, { expected: 'writer:2', writer: 'n1' })
      const { fencedSaves } = other.capabilities
      equal(await other.save([late]), [fencedSaves ? { ok: false, reason: 'fenced' } : { ok: true }], 'results')
      equal(await deadAt(store, NOON + LEASE), fencedSaves ? [] : ['n1'], 'dead afterwards')
    },
  )

  rule('the digest that one handle is told counts what the other saved', async ({ store, peer }) => {
    const other = await peer()
    await mustCreate(store, ADA)
    equal((await renew(other, 'n1')).digest, { count: 1, sum: hashRev('writer:1') }, 'digest')
    await mustSave(store, writeOf({ ...ADA, version: 2 }, { expected: 'writer:1' }))
    equal((await renew(other, 'n1')).digest, { count: 1, sum: hashRev('writer:2') }, 'digest after another write')
    await mustSave(store, writeOf({ userId: 'ada', version: 3 }, { expected: 'writer:2' }))
    equal((await renew(other, 'n1', NOON + 1)).digest, { count: 0, sum: 0 }, 'digest once nobody is left')
  })

  rule('a node that renewed through one handle is not new to the other', async ({ store, peer }) => {
    const other = await peer()
    equal((await renew(store, 'n1')).isNew, true, 'new to the first')
    equal((await renew(other, 'n1')).isNew, false, 'new to the other')
  })

  rule('a hold-off holds for every handle', async ({ store, peer }) => {
    const other = await peer()
    await mustCreate(store, ADA)
    await store.renewNode('n1', NOON + LEASE, NOON, USUAL)
    const now = NOON + 10 * USUAL.afterMs
    await store.renewNode('n2', now + LEASE, now, USUAL)
    equal(await deadAt(other, now), [], 'dead')
    equal((await other.renewNode('n3', now + LEASE, now, USUAL)).holdOffUntil, now + USUAL.forMs, 'hold-off')
  })

  rule('closing one handle leaves the other at work', async ({ store, peer, listen }) => {
    const other = await peer()
    const ear = await listen(other, ['user:ada'])
    await mustCreate(store, { userId: 'bob' })
    await store.close()
    await mustSave(other, writeOf(ADA, { topics: ['user:ada'] }))
    await ear.untilChanges(1)
    equal(
      (await other.load(['ada', 'bob'])).map((record) => record?.userId),
      ['ada', 'bob'],
      'load',
    )
  })
}
