import { createRandom, type Random } from './random.ts'
import { type Action, type Deed, type Half, HEALING_MS, type PolicyName, type Script } from './script.ts'
import { ADMIN } from './server.ts'

/** What kinds of trouble a seed has. Few at a time: a run with all of them would show little but confusion. */
const TROUBLES = [
  'crashes',
  'drains',
  'stalls',
  'links',
  'calls',
  'outages',
  'feed',
  'damage',
  'clocks',
  'one user',
] as const
type Trouble = (typeof TROUBLES)[number]

const SECOND = 1000
const MINUTE = 60 * SECOND
/** One seed in so many holds a user for 31 quiet days. */
const MONTH_EVERY = 1000
const DAY = 24 * 60 * MINUTE
const NODES = ['a', 'b', 'c'] as const
const SPACES = ['red', 'blue'] as const
/** Nodes and first pages have come up. */
const SETTLED_AT = 5 * SECOND

interface Draft {
  readonly random: Random
  readonly nodes: readonly string[]
  readonly users: readonly string[]
  /** Users nobody knows of at first. */
  readonly newcomers: string[]
  readonly pages: { readonly name: string; readonly user: string }[]
  readonly from: number
  readonly until: number
  readonly actions: Action[]
}

/** Makes the script of a seed. The same seed always gives the same one. */
export function generate(seed: number): Script {
  const random = createRandom(seed).fork('script')
  const nodes = NODES.slice(0, random.whole(2, 3))
  const hasQuietMonth = seed % MONTH_EVERY === 0
  // A month takes as long as a hundred other runs: it has one user.
  const users = Array.from({ length: hasQuietMonth ? 1 : random.whole(2, 5) }, (_, i) => `user-${i + 1}`)
  const hasQuietHour = hasQuietMonth || random.chance(0.03)
  const policy: PolicyName = hasQuietMonth
    ? 'slow'
    : hasQuietHour
      ? random.pick(['short', 'forgetful'])
      : random.pick(['short', 'short', 'short', 'shorter', 'default'])
  const lasts = random.whole(60, 240) * SECOND
  const draft: Draft = { random, nodes, users, newcomers: [], pages: [], from: SETTLED_AT, until: lasts, actions: [] }
  comeUp(draft)
  live(draft)
  for (let i = random.chance(0.15) ? random.whole(1, 4) : 0; i > 0; i--) burst(draft)
  const troubles = TROUBLES.filter((trouble) => {
    const has = random.chance(0.28)
    // Rounds of hours mend nothing in minutes; and of two policies the longer one would say when an hour is quiet.
    return has && !hasQuietMonth && !(hasQuietHour && trouble === 'drains')
  })
  for (const trouble of troubles) MAKERS[trouble](draft)
  const quietMs = hasQuietMonth ? 31 * DAY : hasQuietHour ? 60 * MINUTE : 0
  return {
    seed,
    store: {
      fenced: random.chance(0.7),
      durable: random.chance(0.5),
      pageSize: random.chance(0.4) ? 2 : 1000,
    },
    policy,
    users: [...users, ...draft.newcomers, ADMIN],
    // Of whom nobody watches only the holders hear.
    ...(random.chance(0.35) ? { watched: [...users.slice(0, Math.floor(users.length / 2)), ADMIN] } : {}),
    actions: draft.actions.toSorted((a, b) => a.at - b.at),
    healsAt: lasts,
    endsAt: lasts + HEALING_MS + quietMs,
  }
}

/** Adds a deed at a moment of the lively part, or at `at`. */
function add({ random, from, until, actions }: Draft, deed: Deed, at = random.whole(from, until)): number {
  actions.push({ at, ...deed })
  return at
}

function comeUp(draft: Draft): void {
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
function live(draft: Draft): void {
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

function halfOf(random: Random): Half {
  return random.chance(0.35) ? (random.whole(0, 1) as Half) : null
}

function someNode({ random, nodes }: Draft): string | null {
  return random.chance(0.5) ? null : random.pick(nodes)
}

/** Some calls of a node from now. */
function atCall(random: Random): { readonly atCall?: number } {
  return random.chance(0.5) ? { atCall: random.whole(1, 8) } : {}
}

/** Choices on one thing at all nodes within seconds: the latest counts, whichever is saved last. */
function choose(draft: Draft, from: number): void {
  const { random, nodes, users } = draft
  const user = random.pick(users)
  let at = from
  for (const status of ['busy', 'dnd', 'away'] as const) {
    at += random.whole(50, 3000)
    add(draft, { do: 'server-claim', node: random.pick(nodes), user, source: 'calendar', status, forMs: null }, at)
  }
}

/** One user changes several times in a moment, so that deliveries can overtake each other. */
function flutter(draft: Draft, from: number): void {
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
function dieBesideUnsavable(draft: Draft): void {
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
function changeWhileRead(draft: Draft): void {
  const { random } = draft
  const ms = random.whole(20, 60) * SECOND
  const at = add(draft, { do: 'store', fault: 'slow', node: null, calls: 'reads', half: null, ms, share: 1 })
  for (let after = 0; after < ms; after += random.whole(2, 8) * SECOND) flutter(draft, at + after)
}

/** A node stands still between reading what it is to change and writing it. */
function stallAtWrite(draft: Draft): void {
  const { random, nodes, users } = draft
  const [node, user] = [random.pick(nodes), random.pick(users)]
  const deed: Deed = random.chance(0.5)
    ? { do: 'server-claim', node, user, source: 'pager', status: 'dnd', forMs: null }
    : { do: 'touch', node, user, session: `${user}-http` }
  const at = add(draft, deed)
  add(draft, { do: 'stall', node, ms: random.pick([34, 70]) * SECOND, monotonic: 'runs' }, at + 1)
}

/** A node hears long after it asked that its lease stands, and then nothing more of it, while it has things to write. */
function answerLate(draft: Draft): void {
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
function burst(draft: Draft, from = draft.random.whole(draft.from, draft.until), copied = 5): void {
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
function arriveLate(draft: Draft, node: string, diesAt: number): void {
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

const MAKERS: { readonly [K in Trouble]: (draft: Draft) => void } = {
  crashes(draft) {
    const { random, nodes } = draft
    for (let i = random.whole(1, 2); i > 0; i--) {
      const node = random.pick(nodes)
      const at = add(draft, { do: 'crash', node, learn: random.chance(0.7), ...atCall(random) })
      const then = random.pick(['late arrivals', 'loss', null, null] as const)
      if (then === 'late arrivals') arriveLate(draft, node, at)
      if (then === 'loss') {
        // What the sweep did to its users is forgotten.
        const loss: Deed = { do: 'roll-back', writes: random.whole(1, 8), half: halfOf(random) }
        add(draft, loss, at + random.whole(45, 75) * SECOND)
      }
      if (random.chance(0.7)) add(draft, { do: 'start', node }, at + random.whole(1, 60) * SECOND)
    }
  },
  drains(draft) {
    const { random, nodes } = draft
    const other: PolicyName = random.pick(['short', 'shorter', 'default'])
    const rolling = random.chance(0.5) ? nodes : [random.pick(nodes)]
    let at = random.whole(draft.from, draft.until)
    for (const node of rolling) {
      add(draft, { do: 'drain', node }, at)
      if (random.chance(0.3)) add(draft, { do: 'crash', node, learn: true }, at + random.whole(1, 2000))
      add(draft, { do: 'start', node, policy: other }, at + random.whole(3, 15) * SECOND)
      at += random.whole(5, 30) * SECOND
    }
  },
  stalls(draft) {
    const { random, nodes, pages } = draft
    for (let i = random.whole(1, 3); i > 0; i--) {
      const ms = random.pick([1, 4, 12, 34, 70]) * SECOND
      const monotonic = random.chance(0.6) ? 'runs' : 'stands'
      if (random.chance(0.25)) stallAtWrite(draft)
      else if (random.chance(0.2)) answerLate(draft)
      else if (random.chance(0.6))
        add(draft, { do: 'stall', node: random.pick(nodes), ms, monotonic, ...atCall(random) })
      else add(draft, { do: 'freeze', page: random.pick(pages).name, ms, monotonic })
    }
  },
  links(draft) {
    const { random, pages, actions } = draft
    // The welcome, or the hello, of a page that just opens.
    const opening = random.pick(actions.filter((action) => action.do === 'open'))
    if (opening?.do === 'open' && random.chance(0.4))
      add(
        draft,
        { do: random.pick(['cut', 'silence'] as const), page: opening.page },
        opening.at + random.whole(5, 120),
      )
    for (let i = random.whole(1, 5); i > 0; i--) {
      const page = random.pick(pages).name
      if (random.chance(0.25)) {
        // A page that comes back and is cut off again, perhaps before it hears that it is welcome.
        let at = add(draft, { do: 'cut', page })
        for (let j = random.whole(1, 4); j > 0; j--) {
          at += random.whole(50, 1500)
          add(draft, { do: 'cut', page }, at)
        }
      } else if (random.chance(0.2)) add(draft, { do: 'lose', page })
      else if (random.chance(0.4)) add(draft, { do: 'cut', page })
      else if (random.chance(0.5)) add(draft, { do: 'silence', page })
      else add(draft, { do: 'isolate', page, ms: random.whole(1, 60) * SECOND })
    }
  },
  calls(draft) {
    const { random } = draft
    if (random.chance(0.25)) changeWhileRead(draft)
    for (let i = random.whole(1, 3); i > 0; i--) {
      const fault = random.pick(['late', 'twice', 'answer-lost', 'slow', 'hangs'] as const)
      const at = add(draft, {
        do: 'store',
        fault,
        node: someNode(draft),
        calls: random.pick(['all', 'saves', 'saves', 'renewals'] as const),
        half: halfOf(random),
        ms: random.whole(1, 40) * SECOND,
        share: random.pick([0.2, 0.5, 1]),
      })
      if (random.chance(0.4)) choose(draft, at)
      // Reads and changes of one moment.
      if (fault === 'slow' && random.chance(0.5)) flutter(draft, at + random.whole(0, 5000))
    }
  },
  outages(draft) {
    const { random } = draft
    add(draft, {
      do: 'store',
      fault: random.pick(['refused', 'hangs'] as const),
      node: someNode(draft),
      calls: 'all',
      half: halfOf(random),
      ms: random.pick([5, 15, 40, 90, 200, 400]) * SECOND,
      share: 1,
    })
  },
  feed(draft) {
    const { random, users } = draft
    for (let i = random.whole(1, 3); i > 0; i--) {
      const fault = random.pick(['lost', 'dead', 'deaf', 'delayed', 'reordered'] as const)
      const ms = random.whole(5, 60) * SECOND
      const topic = random.pick([null, `user:${random.pick(users)}`, `space:${random.pick(SPACES)}`])
      const at = add(draft, { do: 'feed', fault, node: someNode(draft), topic, ms })
      if (random.chance(0.6)) flutter(draft, at)
      // Nodes that hear again compare everything with the store.
      if (fault === 'dead' && random.chance(0.6)) burst(draft, at + ms - random.whole(0, 20), 0)
    }
  },
  damage(draft) {
    const { random, users } = draft
    const deeds: readonly Deed[] = [
      { do: 'roll-back', writes: random.whole(1, 8), half: halfOf(random) },
      { do: 'wipe', half: halfOf(random) },
      { do: 'evict', user: random.pick(users) },
    ]
    add(draft, random.pick(deeds))
  },
  clocks(draft) {
    const { random, nodes } = draft
    const jump = () => random.pick([-60, -1, 1, 60]) * MINUTE
    const pick = random.whole(0, 2)
    if (pick === 0) add(draft, { do: 'set-store-clock', ms: jump() })
    else if (pick === 1) add(draft, { do: 'set-wall', node: random.pick(nodes), ms: jump() })
    else {
      add(draft, {
        do: 'store',
        fault: 'lopsided',
        node: someNode(draft),
        calls: 'all',
        half: null,
        ms: random.whole(5, 60) * SECOND,
        share: random.pick([0.5, 1]),
      })
    }
  },
  'one user'(draft) {
    const { random, nodes, users } = draft
    if (random.chance(0.4)) dieBesideUnsavable(draft)
    else if (random.chance(0.6)) {
      const user = random.pick(users)
      const at = add(draft, { do: 'unsavable', user, ms: random.whole(5, 90) * SECOND })
      // Every node has something to save for them.
      for (const node of nodes) {
        const after = random.whole(0, 5000)
        add(draft, { do: 'server-claim', node, user, source: 'pager', status: 'dnd', forMs: null }, at + after)
      }
    } else add(draft, { do: 'forget', node: random.pick(nodes), user: random.pick(users) })
  },
}
