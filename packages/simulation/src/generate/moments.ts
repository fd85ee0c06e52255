import type { Deed } from '../script.ts'
import { add, type Draft, SECOND } from './draft.ts'

/** Choices on one thing at all nodes within seconds: the latest counts, whichever is saved last. */
export function choose(draft: Draft, from: number): void {
  const { random, nodes, users } = draft
  const user = random.pick(users)
  let at = from
  for (const status of ['busy', 'dnd', 'away'] as const) {
    at += random.whole(50, 3000)
    add(draft, { do: 'server-claim', node: random.pick(nodes), user, source: 'calendar', status, forMs: null }, at)
  }
}

/** One user changes several times in a moment, so that deliveries can overtake each other. */
export function flutter(draft: Draft, from: number): void {
  const { random, nodes, users } = draft
  const user = random.pick(users)
  let at = from
  for (let i = random.whole(2, 6); i > 0; i--) {
    at += random.whole(20, 300)
    const status = random.pick(['busy', 'dnd', 'away', 'online'] as const)
    add(draft, { do: 'server-claim', node: random.pick(nodes), user, source: 'pager', status, forMs: null }, at)
  }
}

/** A user who cannot be saved is due, and a node dies whose users are to be found by the same sweeps. */
export function dieBesideUnsavable(draft: Draft): void {
  const { random, nodes, pages, from } = draft
  const { name: page, user } = random.pick(pages)
  const at = add(draft, { do: 'close', page, how: 'reset' }, from + random.whole(0, 20) * SECOND)
  add(draft, { do: 'unsavable', user, ms: 150 * SECOND }, at + random.whole(1, 10) * SECOND)
  const diesAt = at + random.whole(5, 20) * SECOND
  add(draft, { do: 'crash', node: random.pick(nodes), learn: random.chance(0.5) }, diesAt)
  // Who comes back elsewhere takes along what a sweep would have found.
  for (let i = 0; i < 3; i++)
    add(draft, { do: 'close', page: random.pick(pages).name, how: 'silently' }, diesAt + random.whole(1, 100))
}

/** Reads take long, and what they read changes meanwhile. */
export function changeWhileRead(draft: Draft): void {
  const { random } = draft
  const ms = random.whole(20, 60) * SECOND
  const at = add(draft, { do: 'store', fault: 'slow', node: null, calls: 'reads', half: null, ms, share: 1 })
  for (let after = 0; after < ms; after += random.whole(2, 8) * SECOND) flutter(draft, at + after)
}

/** A node stands still between reading what it is to change and writing it. */
export function stallAtWrite(draft: Draft): void {
  const { random, nodes, users } = draft
  const [node, user] = [random.pick(nodes), random.pick(users)]
  const deed: Deed = random.chance(0.5)
    ? { do: 'server-claim', node, user, source: 'pager', status: 'dnd', forMs: null }
    : { do: 'touch', node, user, session: `${user}-http` }
  const at = add(draft, deed)
  add(draft, { do: 'stall', node, ms: random.pick([34, 70]) * SECOND, monotonic: 'runs' }, at + 1)
}

/** A node hears long after it asked that its lease stands, and then nothing more of it, while it has things to write. */
export function answerLate(draft: Draft): void {
  const { random, nodes, users } = draft
  const [node, user] = [random.pick(nodes), random.pick(users)]
  const ms = random.whole(12, 20) * SECOND
  const at = add(draft, { do: 'stall', node, ms, monotonic: 'runs', atCall: random.whole(1, 4), sent: true })
  const fault = { do: 'store', fault: 'refused', node, calls: 'renewals', half: null, share: 1 } as const
  add(draft, { ...fault, ms: 40 * SECOND }, at + ms)
  for (let after = 26 * SECOND; after < ms + 28 * SECOND; after += 2 * SECOND) {
    const status = random.pick(['busy', 'dnd'] as const)
    add(draft, { do: 'server-claim', node, user, source: 'pager', status, forMs: null }, at + after)
  }
}

/**
 * One user changes again and again within milliseconds, while pages begin to watch: what one change shows the next one
 * takes back before it was sent.
 */
export function burst(draft: Draft, from = draft.random.whole(draft.from, draft.until), copied = 5): void {
  const { random, nodes, users, pages } = draft
  const [node, user] = [random.pick(nodes), random.pick(users)]
  let at = from
  for (let i = random.whole(3, 8); i > 0; i--) {
    at += random.whole(1, 9)
    const status = i % 2 === 0 ? 'busy' : 'dnd'
    add(draft, { do: 'server-claim', node, user, source: 'pager', status, forMs: null }, at)
  }
  // From its first step to its watches a page takes so long.
  for (let i = 0; i < copied; i++) {
    const { name: page } = random.pick(pages)
    add(draft, { do: 'duplicate', page, as: `${page}-at-${from}-${i}` }, Math.max(0, from - random.whole(40, 110)))
  }
}

/** Users come for the first time to a node that dies, and the store hears of some of them only after it was swept. */
export function arriveLate(draft: Draft, node: string, diesAt: number): void {
  const { random, newcomers } = draft
  const ms = random.whole(3, 8) * SECOND
  const from = Math.max(0, diesAt - ms)
  add(draft, { do: 'store', fault: 'late', node, calls: 'saves', half: null, ms, share: 1 }, from)
  for (let i = 1; i <= 3; i++) {
    const user = `newcomer-${newcomers.length + 1}`
    newcomers.push(user)
    const page = `${user}-p1`
    const at = from + random.whole(0, ms)
    add(draft, { do: 'open', page, user, session: `${user}-s1`, spaces: ['red'] }, at)
    // Somebody who waits for an answer would come again elsewhere, and be known before.
    if (random.chance(0.7)) add(draft, { do: 'close', page, how: 'silently' }, at + random.whole(150, 1000))
  }
}

/** Who may see when a user was last seen is said at several nodes, also at one that is cut off: the latest counts. */
export function choosePrivacy(draft: Draft): void {
  const { random, nodes, users, actions } = draft
  const outages = actions.filter((action) => action.do === 'store' && action.ms >= 5 * SECOND)
  for (let i = random.whole(1, 2); i > 0; i--) {
    const user = random.pick(users)
    const outage = outages.length > 0 && random.chance(0.6) ? random.pick(outages) : null
    let at = outage?.at ?? random.whole(draft.from, draft.until)
    for (let j = random.whole(2, 4); j > 0; j--) {
      at += random.whole(50, 4000)
      const audience = random.pick(['everyone', 'admins'] as const)
      add(draft, { do: 'last-seen-to', node: random.pick(nodes), user, audience }, Math.min(at, draft.until))
    }
  }
}
