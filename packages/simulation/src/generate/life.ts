import type { Deed } from '../script.ts'
import { ADMIN } from '../server.ts'
import { add, type Draft, SECOND, SETTLED_AT, SPACES } from './draft.ts'

/** Nodes and pages come up, most of them before the trouble begins. */
export function comeUp(draft: Draft): void {
  const { random, nodes, users, pages } = draft
  for (const node of nodes) add(draft, { do: 'start', node }, random.whole(0, 500))
  const open = (user: string, session: string) => {
    const page = `p${pages.length + 1}`
    pages.push({ name: page, user })
    const spaces = random.pick([['red'], ['red', 'blue'], ['blue'], []] as const)
    const early = random.chance(0.7)
    add(draft, { do: 'open', page, user, session, spaces }, early ? random.whole(500, SETTLED_AT) : undefined)
  }
  for (const user of users) {
    const tabs = random.whole(1, 3)
    for (let i = 1; i <= tabs; i++) open(user, random.chance(0.6) ? `${user}-s1` : `${user}-s${i}`)
  }
  open(ADMIN, 'admin-s1')
}

/** What users do anyway. */
export function live(draft: Draft): void {
  const { random, nodes, users, pages, from, until } = draft
  const deeds = random.whole(5, 40)
  const busy = random.chance(0.4) ? Array.from({ length: random.whole(1, 3) }, () => random.whole(from, until)) : []
  let states = 0
  let copies = 0
  for (let i = 0; i < deeds; i++) {
    const { name: page } = random.pick(pages)
    const user = random.pick(users)
    const node = random.pick(nodes)
    const space = random.pick(SPACES)
    const forMs = random.whole(5, 60) * SECOND
    const makers: readonly (() => Deed)[] = [
      () => ({ do: 'input', page }),
      () => ({ do: 'input', page }),
      () => ({ do: 'input', page }),
      () => ({ do: 'idle', page }),
      () => ({ do: 'wake', page }),
      () => ({ do: 'claim', page, status: random.pick(['busy', 'dnd', 'away', 'online', 'invisible'] as const) }),
      () => ({ do: 'claim', page, status: random.pick(['busy', 'dnd', 'invisible'] as const), forMs }),
      () => ({ do: 'claim', page, status: random.pick(['busy', 'dnd'] as const), bound: true }),
      () => ({ do: 'clear', page }),
      () => ({ do: 'message', page, text: `text ${i}` }),
      () => ({ do: 'message', page, text: `text ${i}`, forMs }),
      () => ({ do: 'message', page, text: null }),
      () => ({ do: 'enter', page, space, state: ++states }),
      () => ({ do: 'enter', page, space, state: ++states }),
      () => ({ do: 'state', page, space, state: ++states }),
      () => ({ do: 'state', page, space, state: ++states }),
      () => ({ do: 'exit', page, space }),
      () => ({ do: 'signal', page, space }),
      () => ({ do: 'reload', page, afterMs: random.whole(200, 4000) }),
      () => ({ do: 'reload', page, afterMs: random.whole(200, 20_000) }),
      () => ({ do: 'duplicate', page, as: `${page}-copy${++copies}` }),
      () => ({ do: 'close', page, how: random.pick(['leave', 'hint', 'beacon', 'reset', 'silently'] as const) }),
      () => ({ do: 'close', page, how: random.pick(['leave', 'logout', 'hint'] as const) }),
      () => ({ do: 'sign-out', node, user, ...(random.chance(0.5) ? { session: `${user}-s1` } : {}) }),
      () => ({ do: 'kick', node, user }),
      () => ({
        do: 'server-claim',
        node,
        user,
        source: random.pick(['calendar', 'admin', 'pager']),
        status: random.pick(['busy', 'dnd', 'away', 'online'] as const),
        forMs: random.chance(0.5) ? forMs : null,
      }),
      () => ({ do: 'touch', node, user, session: random.chance(0.5) ? `${user}-s1` : `${user}-http` }),
    ]
    // Some runs have moments at which much happens at once.
    const isBusy = busy.length > 0 && random.chance(0.6)
    add(draft, random.pick(makers)(), isBusy ? random.pick(busy) + random.whole(0, 60) : undefined)
  }
  // Signed-out users come back later, on purpose.
  if (random.chance(0.5)) {
    const user = random.pick(users)
    const page = `p${pages.length + 1}`
    pages.push({ name: page, user })
    add(draft, { do: 'open', page, user, session: `${user}-s1`, spaces: ['red'] }, random.whole(from, until))
  }
}
