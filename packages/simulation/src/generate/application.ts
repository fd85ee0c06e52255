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

/** One node after the other is replaced by one of a later version. */
export function rollOut(draft: Draft): void {
  const { random, nodes, from, until } = draft
  const begin = random.whole(from, Math.floor(until / 2))
  const stepMs = Math.floor((until - begin) / nodes.length)
  nodes.forEach((node, i) => {
    const at = begin + i * stepMs
    if (random.chance(0.8)) add(draft, { do: 'drain', node }, at)
    else add(draft, { do: 'crash', node, learn: true }, at)
    add(
      draft,
      { do: 'start', node, later: true },
      at + Math.min(random.whole(2, 15) * SECOND, Math.floor(0.8 * stepMs)),
    )
  })
}
