import type { ServerMessage } from '@rollcall/core/protocol'
import { POLICIES } from './policies.ts'
import { createRandom, type Random } from './random.ts'
import { runScene } from './run-scene.ts'
import { createScene } from './scene.ts'
import { type Action, clockText, type Deed, type Script, sentence } from './script.ts'
import { ADMIN } from './server.ts'

/** Two runs that no watcher without privilege may tell apart. */
export interface Twins {
  /** At one moment the user turns invisible, and goes on living. */
  readonly invisible: Script
  /** At that moment the user leaves. */
  readonly leaving: Script
}

const HIDDEN = 'user-1'
const HIDDEN_PAGE = 'p1'
const MINUTE = 60_000
/** Deeds lie this far apart, so that no two of them travel together. */
const GRID_MS = 500

/** Makes both scripts of a seed: no faults, steady latencies, and one deed that differs. */
function generateTwins(seed: number): Twins {
  const random = createRandom(`twins ${seed}`)
  const nodes = ['a', 'b', 'c'].slice(0, random.whole(1, 3))
  const users = ['user-1', 'user-2', 'user-3'].slice(0, random.whole(2, 3))
  const actions: Action[] = nodes.map((node) => ({ at: 0, do: 'start', node }))
  let at = 1000
  const add = (deed: Deed) => {
    at += GRID_MS * random.whole(1, 8)
    actions.push({ at, ...deed })
  }
  const pages = [...users, ADMIN].map((user, i) => ({ page: `p${i + 1}`, user }))
  // Drawn apart, as in other scripts.
  const requests = createRandom(`twins ${seed}`).fork('over http')
  for (const { page, user } of pages) {
    const spaces = random.pick([['red'], ['red', 'blue'], ['blue']] as const)
    // Of a page over HTTP a leave takes another way than a claim, which stamps tell.
    const over =
      page !== HIDDEN_PAGE && requests.chance(0.3) ? { over: requests.pick(['poll', 'stream'] as const) } : {}
    add({ do: 'open', page, user, session: `${user}-s1`, spaces, ...over })
  }
  for (let i = random.whole(0, 8); i > 0; i--) add(before(someDeed(random, random.pick(pages).page, nodes)))
  add({ do: 'claim', page: HIDDEN_PAGE, status: 'invisible' })
  const moment = actions.length - 1
  for (let i = random.whole(4, 20); i > 0; i--)
    add(someDeed(random, random.chance(0.6) ? HIDDEN_PAGE : random.pick(pages).page, nodes))
  if (random.chance(0.5))
    add({ do: 'close', page: HIDDEN_PAGE, how: random.pick(['leave', 'hint', 'silently'] as const) })
  const script: Script = {
    seed,
    steady: true,
    store: { fenced: true, durable: true, pageSize: 1000 },
    policy: random.pick(Object.keys(POLICIES) as (keyof typeof POLICIES)[]),
    users: [...users, ADMIN],
    actions,
    healsAt: at + MINUTE,
    endsAt: at + 3 * MINUTE,
  }
  const leave: Action = { at: (actions[moment] as Action).at, do: 'close', page: HIDDEN_PAGE, how: 'leave' }
  return {
    invisible: script,
    // What the user does afterwards, or is done to him, is left out: he is gone.
    leaving: {
      ...script,
      actions: actions.flatMap((action, i) =>
        i === moment ? [leave] : i > moment && isOfHidden(action) ? [] : [action],
      ),
    },
  }
}

function isOfHidden(action: Action): boolean {
  return ('page' in action && action.page === HIDDEN_PAGE) || ('user' in action && action.user === HIDDEN)
}

/**
 * Before the moment: no signal, for one that is live when its user leaves is taken back aloud, and one of a user who
 * hides runs out; and no cut, for nobody hears who leaves without a connection.
 */
function before(deed: Deed): Deed {
  return deed.do === 'signal' || deed.do === 'cut' ? { do: 'input', page: deed.page } : deed
}

/** Nothing that ends the invisible claim, and no message, which a hidden user sets for later. */
function someDeed(random: Random, page: string, nodes: readonly string[]): Deed {
  const space = random.pick(['red', 'blue'])
  const deeds: readonly Deed[] = [
    { do: 'input', page },
    { do: 'idle', page },
    { do: 'enter', page, space, state: random.whole(1, 99) },
    { do: 'state', page, space, state: random.whole(1, 99) },
    { do: 'exit', page, space },
    { do: 'signal', page, space },
    { do: 'claim', page, status: 'busy', bound: true },
    // That somebody else watches a topic can be told from its generation by who comes back: so nobody else does.
    { do: 'cut', page: HIDDEN_PAGE },
    {
      do: 'server-claim',
      node: random.pick(nodes),
      user: HIDDEN,
      source: 'calendar',
      status: 'dnd',
      forMs: random.chance(0.5) ? 20_000 : null,
    },
  ]
  return random.pick(deeds)
}

/** What each page without privilege is told of presence, in order. Others' own affairs and times of sending left out. */
async function tracesOf(script: Script): Promise<Map<string, string[]>> {
  const scene = createScene(script)
  const traces = new Map<string, string[]>()
  const beats = new Set(script.actions.flatMap((action) => (action.do === 'open' && action.over ? [action.user] : [])))
  /** Generations are drawn: what tells is only which are the same for one page. */
  const generations = new Map<string, string[]>()
  const ordinal = (page: string, generation: string) => {
    const known = generations.get(page) ?? []
    generations.set(page, known)
    if (!known.includes(generation)) known.push(generation)
    return known.indexOf(generation)
  }
  scene.onMessage(({ tab }, _link, message) => {
    if (tab.userId === HIDDEN || tab.userId === ADMIN || !TELLING.includes(message.type)) return
    const trace = traces.get(tab.name) ?? []
    traces.set(tab.name, trace)
    const told = JSON.stringify(message, (key, value) => {
      if (key === 'generation') return ordinal(tab.name, value)
      // The last beat of a page over HTTP, which comes milliseconds later where a node has more to do.
      return beats.has(value?.userId) ? { ...value, lastSeenAt: null } : value
    })
    trace.push(told)
  })
  await runScene(scene, [])
  return traces
}

const TELLING: readonly ServerMessage['type'][] = ['snapshot', 'replay', 'diff', 'counts', 'signal']

/** What a watcher can tell the twins of a seed apart by; `null`: by nothing. */
export async function tellApart(seed: number): Promise<string | null> {
  const { invisible, leaving } = generateTwins(seed)
  const [hidden, left] = [await tracesOf(invisible), await tracesOf(leaving)]
  for (const page of new Set([...hidden.keys(), ...left.keys()])) {
    const [one, other] = [hidden.get(page) ?? [], left.get(page) ?? []]
    for (let i = 0; i < Math.max(one.length, other.length); i++) {
      if (one[i] === other[i]) continue
      const deeds = invisible.actions.map((action) => `${clockText(action.at)}  ${sentence(action)}`).join('\n')
      return `twins ${seed}: page ${page} hears as message ${i + 1}\n  ${one[i]}\nwhile ${HIDDEN} is invisible, and\n  ${other[i]}\nafter they left\n${deeds}`
    }
  }
  return null
}
