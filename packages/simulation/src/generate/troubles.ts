import type { Random } from '../random.ts'
import type { Deed, Half, PolicyName } from '../script.ts'
import { add, type Draft, MINUTE, SECOND, SPACES } from './draft.ts'
import {
  answerLate,
  arriveLate,
  burst,
  changeWhileRead,
  choose,
  dieBesideUnsavable,
  flutter,
  stallAtWrite,
} from './moments.ts'

/** What kinds of trouble a seed has. Few at a time: a run with all of them would show little but confusion. */
export const TROUBLES = [
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

/** Adds the deeds of a kind of trouble. */
export const MAKERS: { readonly [K in Trouble]: (draft: Draft) => void } = {
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
