import { equal, holds } from '../checks.ts'
import { mustCreate } from '../samples.ts'
import type { Suite } from '../suite.ts'

/** What a store says of itself, its clock, and its end. */
export function capabilityRules({ rule, hasPeers }: Suite): void {
  rule('the capabilities name the store and say yes or no', async ({ store: { capabilities } }) => {
    holds(typeof capabilities.name === 'string' && capabilities.name !== '', '`name` is a non-empty string')
    for (const key of ['durable', 'shared', 'fencedSaves', 'atomicPublication'] as const) {
      equal(typeof capabilities[key], 'boolean', `type of \`${key}\``)
    }
  })

  rule('the capabilities say how soon the feed delivers', async ({ store: { capabilities } }) => {
    const { feed } = capabilities
    const isKnown = feed.kind === 'push' || (feed.kind === 'poll' && Number.isFinite(feed.everyMs) && feed.everyMs > 0)
    holds(isKnown, `\`feed\` is push, or poll with a period, not ${JSON.stringify(feed)}`)
  })

  rule('a store that says it is shared comes with a second handle to test it by', async ({ store }) => {
    holds(!store.capabilities.shared || hasPeers, 'give `createPeer`: the capabilities say `shared`')
  })

  rule('the clock gives milliseconds and never falls', async ({ store }) => {
    let last = Number.NEGATIVE_INFINITY
    for (let i = 0; i < 20; i++) {
      const now = await store.now()
      holds(Number.isFinite(now), `now is a number, not ${String(now)}`)
      holds(now >= last, `now fell from ${last} to ${now}`)
      last = now
    }
  })

  rule('closing twice does no harm', async ({ store }) => {
    await mustCreate(store, { userId: 'ada' })
    await store.close()
    await store.close()
  })
}
