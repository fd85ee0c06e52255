import { equal, holds } from '../checks.ts'
import { DAY, FAR, LEASE, renew } from '../lease-terms.ts'
import { deadAt } from '../paging.ts'
import { forgetOf, mustCreate, mustSave, NOON } from '../samples.ts'
import type { Suite } from '../suite.ts'

/** A node's lease lives until it is killed, and is killed once. */
export function leaseRules({ rule }: Suite): void {
  rule('a node never seen gets a lease', async ({ store }) => {
    const renewal = await renew(store, 'n1')
    equal(renewal, { stands: true, isNew: true, digest: { count: 0, sum: 0 }, holdOffUntil: 0 }, 'renewal')
  })

  rule('a node with a lease is not dead before the instant it runs out', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    await renew(store, 'n1')
    equal(await deadAt(store, NOON + LEASE - 1), [], 'dead 1 ms before')
    equal(await deadAt(store, NOON + LEASE), ['n1'], 'dead at the instant')
  })

  rule('a renewal extends the lease', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    await renew(store, 'n1')
    equal((await renew(store, 'n1', NOON + 10_000)).stands, true, 'stands')
    equal(await deadAt(store, NOON + LEASE), [], 'dead when the first would have run out')
    equal(await deadAt(store, NOON + 10_000 + LEASE), ['n1'], 'dead when the second runs out')
  })

  rule('until only rises: a renewal that comes late does not shorten the lease', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    await renew(store, 'n1', NOON + 10_000)
    equal((await renew(store, 'n1', NOON)).stands, true, 'stands')
    equal(await deadAt(store, NOON + 10_000 + LEASE - 1), [], 'dead')
  })

  rule('a lease that ran out but was not killed is extended', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    await renew(store, 'n1')
    equal((await renew(store, 'n1', NOON + 5 * LEASE)).stands, true, 'stands')
    equal(await deadAt(store, NOON + 5 * LEASE), [], 'dead')
  })

  rule('a killed lease is never extended', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    await renew(store, 'n1')
    await deadAt(store, NOON + LEASE)
    equal((await renew(store, 'n1', NOON + LEASE)).stands, false, 'stands')
    equal((await renew(store, 'n1', NOON + LEASE + 1)).stands, false, 'stands when tried again')
    equal(await deadAt(store, NOON + LEASE + 1), ['n1'], 'dead')
  })

  rule('a killed node is refused for a day, also when no record names it any more', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    await renew(store, 'n1')
    await deadAt(store, NOON + LEASE)
    await mustSave(store, forgetOf({ userId: 'ada' }))
    const later = NOON + LEASE + DAY - 1
    // Others go on, and give the store cause to tidy up.
    for (const now of [NOON + LEASE, NOON + DAY / 2, later]) await renew(store, 'n2', now)
    equal((await renew(store, 'n1', later)).stands, false, 'stands')
  })

  rule('a killed node is refused also by a renewal that claims to be older than the kill', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    await renew(store, 'n1')
    await deadAt(store, NOON + LEASE)
    equal((await renew(store, 'n1', NOON + 1)).stands, false, 'stands')
  })

  rule('a node that was dead before its first renewal is killed too', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    equal(await deadAt(store, NOON), ['n1'], 'dead')
    equal((await renew(store, 'n1')).stands, false, 'stands')
  })

  rule('killing one node leaves the leases of others', async ({ store }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1', 'n2'] })
    await renew(store, 'n1')
    await renew(store, 'n2', NOON + 1)
    equal(await deadAt(store, NOON + LEASE), ['n1'], 'dead')
    equal((await renew(store, 'n2', NOON + LEASE)).stands, true, 'the other one stands')
  })

  rule('of a kill and a renewal at once exactly one comes first', async ({ store }) => {
    const nodes = Array.from({ length: 20 }, (_, i) => `node ${10 + i}`)
    await mustCreate(store, { userId: 'ada', nodes })
    for (const node of nodes) await renew(store, node)
    const now = NOON + LEASE
    // One call that kills, between renewals that were sent before and after it.
    const early = nodes.slice(0, 10).map((node) => store.renewNode(node, now + LEASE, now, FAR))
    const kill = store.deadNodes(now, null, 100)
    const late = nodes.slice(10).map((node) => store.renewNode(node, now + LEASE, now, FAR))
    const renewals = await Promise.all([...early, ...late])
    const dead = (await kill).items
    for (const [i, node] of nodes.entries()) {
      equal(
        renewals[i]?.stands,
        !dead.includes(node),
        `${node} stands, ${dead.includes(node) ? 'killed' : 'not killed'}`,
      )
    }
  })

  rule('a renewal echoes on the topic of its node', async ({ store, listen }) => {
    const ear = await listen(store, ['node:n1'])
    await renew(store, 'n1')
    await ear.untilSignals(1)
    await ear.untilQuiet()
    const signal = { type: 'renewed', until: NOON + LEASE }
    equal(ear.signals, [{ topic: 'node:n1', signal }], 'signals')
  })

  rule('a renewal echoes on no other topic', async ({ store, listen }) => {
    const ear = await listen(store, ['node:n2', 'space:n1', 'user:n1'])
    await renew(store, 'n1')
    await ear.untilQuiet()
    equal(ear.signals, [], 'signals')
  })

  rule('a renewal that is refused does not echo', async ({ store, listen }) => {
    await mustCreate(store, { userId: 'ada', nodes: ['n1'] })
    await deadAt(store, NOON)
    const ear = await listen(store, ['node:n1'])
    holds(!(await renew(store, 'n1')).stands, 'a killed node is refused')
    await ear.untilQuiet()
    equal(ear.signals, [], 'signals')
  })
}
