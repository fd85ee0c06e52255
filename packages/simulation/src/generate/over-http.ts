import type { Deed } from '../script.ts'
import { add, type Draft, SECOND, SPACES } from './draft.ts'

/** A user whom nobody knows by any other way than requests. */
const WALKER = 'walker'
const MOST_PAGES = 4

/** Pages over HTTP, what they do, and what happens to their requests, to their nodes and to themselves. */
export function beOverHttp(draft: Draft): void {
  const { random, users, newcomers, from, until } = draft
  const pages: { readonly name: string; readonly user: string; readonly session: string }[] = []
  const walks = random.chance(0.7)
  if (walks) newcomers.push(WALKER)
  for (let i = random.whole(1, MOST_PAGES); i > 0; i--) {
    const user = walks && random.chance(0.6) ? WALKER : random.pick(users)
    const page = `h${pages.length + 1}`
    const session = random.chance(0.6) ? `${user}-s1` : `${user}-s${page}`
    pages.push({ name: page, user, session })
    const over = random.pick(['poll', 'stream'] as const)
    const spaces = random.pick([['red'], ['red', 'blue'], ['blue'], []] as const)
    const at = random.chance(0.7) ? random.whole(500, from) : undefined
    add(draft, { do: 'open', page, user, session, spaces, over }, at)
  }
  let copies = 0
  for (let i = random.whole(4, 20); i > 0; i--) {
    const { name: page, user, session } = random.pick(pages)
    const node = random.pick(draft.nodes)
    const space = random.pick(SPACES)
    const makers: readonly (() => Deed)[] = [
      () => ({ do: 'input', page }),
      () => ({ do: 'input', page }),
      () => ({ do: 'idle', page }),
      () => ({ do: 'claim', page, status: random.pick(['busy', 'dnd', 'away', 'invisible'] as const) }),
      () => ({ do: 'claim', page, status: random.pick(['busy', 'dnd'] as const), bound: true }),
      () => ({ do: 'clear', page }),
      () => ({ do: 'message', page, text: `said over HTTP ${i}` }),
      () => ({ do: 'enter', page, space, state: 1000 + i }),
      () => ({ do: 'state', page, space, state: 1000 + i }),
      () => ({ do: 'exit', page, space }),
      () => ({ do: 'signal', page, space }),
      () => ({ do: 'reload', page, afterMs: random.whole(20, 4000) }),
      () => ({ do: 'reload', page, afterMs: random.whole(200, 20_000) }),
      () => ({ do: 'duplicate', page, as: `${page}-copy${++copies}` }),
      () => ({ do: 'close', page, how: random.pick(['leave', 'hint', 'beacon', 'reset', 'silently'] as const) }),
      () => ({ do: 'close', page, how: random.pick(['logout', 'hint', 'beacon', 'silently'] as const) }),
      () => ({ do: 'sign-out', node, user, ...(random.chance(0.5) ? { session } : {}) }),
      () => ({ do: 'kick', node, user }),
      () => ({ do: 'touch', node, user, session }),
      () => ({ do: 'freeze', page, ms: random.whole(2, 150) * SECOND, monotonic: random.pick(['runs', 'stands']) }),
      () => ({ do: 'wake', page }),
      () => ({ do: 'forge-hint', page }),
    ]
    add(draft, random.pick(makers)())
  }
  for (const { name: page } of pages) {
    for (let i = random.chance(0.5) ? random.whole(1, 3) : 0; i > 0; i--) comeAndGo(draft, page)
    for (let i = random.chance(0.5) ? random.whole(1, 3) : 0; i > 0; i--) trouble(draft, page)
  }
  if (random.chance(0.15)) chatter(draft)
  // Who serves requests dies while it does.
  if (random.chance(0.25)) {
    const node = random.pick(draft.nodes)
    const at = add(draft, { do: 'crash', node, learn: random.chance(0.7), atCall: random.whole(1, 8) })
    add(draft, { do: 'start', node }, Math.min(until, at + random.whole(1, 60) * SECOND))
  }
}

/** Pages with links signal while nobody is answered. */
function chatter(draft: Draft): void {
  const { random, pages } = draft
  const ms = random.whole(5, 15) * SECOND
  const fault = { do: 'store', fault: 'answer-lost', node: null, calls: 'all', half: null, share: 0.5 } as const
  const at = add(draft, { ...fault, ms })
  for (let i = 0; i < 12; i++)
    add(draft, { do: 'signal', page: random.pick(pages).name, space: random.pick(SPACES) }, at + random.whole(0, ms))
}

/** A page is put away and comes back, perhaps at once, perhaps after its grace. */
function comeAndGo(draft: Draft, page: string): void {
  const { random } = draft
  const at = add(draft, { do: 'put-away', page })
  // What it says last may overtake what it says before.
  if (random.chance(0.5)) add(draft, { do: 'input', page }, Math.max(0, at - random.pick([1, 100, 3000])))
  add(draft, { do: 'wake', page }, at + random.pick([random.whole(0, 100), random.whole(1, 9000), 30_000]))
}

function trouble(draft: Draft, page: string): void {
  const { random } = draft
  const ms = random.whole(1, 60) * SECOND
  const share = random.pick([0.3, 0.6, 1])
  const faults = ['refused', 'lost', 'answer-lost', 'slow', 'slow', 'twice', 'twice'] as const
  const makers: readonly (() => Deed)[] = [
    () => ({ do: 'requests', page, fault: random.pick(faults), ms, share }),
    () => ({ do: 'requests', page, fault: random.pick(faults), ms, share }),
    () => ({ do: 'requests', page, fault: random.pick(faults), ms, share }),
    () => ({ do: 'cut', page }),
    () => ({ do: 'silence', page }),
    () => ({ do: 'isolate', page, ms }),
  ]
  const at = add(draft, random.pick(makers)())
  // What it says as it goes is hit too.
  if (random.chance(0.3)) comeAndGo({ ...draft, from: at, until: at + ms }, page)
  if (random.chance(0.15))
    add(draft, { do: 'close', page, how: random.pick(['hint', 'beacon', 'leave']) }, at + random.whole(0, ms))
}
