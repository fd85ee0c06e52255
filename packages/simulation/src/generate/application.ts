import { add, type Draft, SECOND } from './draft.ts'

const JOBS = ['claim', 'touch', 'message', 'sweep'] as const

/** Named connections are kicked. */
export function kickSome(draft: Draft): void {
  const { random, nodes, users, pages } = draft
  for (let i = random.whole(1, 3); i > 0; i--) {
    const user = random.pick(users)
    const of = pages.filter((page) => page.user === user).map(({ name }) => name)
    const some = of.filter(() => random.chance(0.6))
    if (some.length > 0) add(draft, { do: 'kick', node: random.pick(nodes), user, of: some })
  }
}

/** A process that never started writes and sweeps, most of all just after the store was away. */
export function workBesides(draft: Draft): void {
  const { random, users, actions, until } = draft
  const outages = actions.flatMap((action) =>
    action.do === 'store' && action.calls === 'all' && action.half === null ? [action.at + action.ms] : [],
  )
  for (let i = random.whole(2, 8); i > 0; i--) {
    const work = { do: 'work', user: random.pick(users), job: random.pick(JOBS) } as const
    const after = outages.length > 0 && random.chance(0.5) ? random.pick(outages) + random.whole(0, 20) * SECOND : null
    if (after === null || after > until) add(draft, work)
    else add(draft, work, after)
  }
}
