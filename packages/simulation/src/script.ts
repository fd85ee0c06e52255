import type { ClaimStatus } from '@rollcall/core/protocol'
import type { RequestFaultKind } from './http/request-network.ts'
import type { MonotonicInStall } from './process.ts'
import type { CallFaultKind, CallGroup, FeedFault, Partition } from './store/faults.ts'
import type { StoreKind } from './store/shared-store.ts'

/** Whose users: all, or one of the two halves. */
export type Half = Partition | null

/** What happens in a run besides what time brings. Plain JSON. */
export type Deed =
  // Nodes
  /** `later`: from now on a later version runs there, whose records the others cannot execute. */
  | { readonly do: 'start'; readonly node: string; readonly policy?: PolicyName; readonly later?: boolean }
  | { readonly do: 'crash'; readonly node: string; readonly learn: boolean; readonly atCall?: number }
  | { readonly do: 'drain'; readonly node: string }
  | {
      readonly do: 'stall'
      readonly node: string
      readonly ms: number
      readonly monotonic: MonotonicInStall
      readonly atCall?: number
      /** That call has left when the stall begins; its answer waits. */
      readonly sent?: boolean
    }
  | { readonly do: 'set-wall'; readonly node: string; readonly ms: number }
  // Pages
  | {
      readonly do: 'open'
      readonly page: string
      readonly user: string
      readonly session: string
      readonly spaces: readonly ('red' | 'blue')[]
      /** By requests to any node instead of a link to one: how news come. */
      readonly over?: 'poll' | 'stream'
    }
  | { readonly do: 'reload'; readonly page: string; readonly afterMs: number }
  | { readonly do: 'duplicate'; readonly page: string; readonly as: string }
  | {
      readonly do: 'close'
      readonly page: string
      readonly how: 'leave' | 'logout' | 'hint' | 'beacon' | 'reset' | 'silently'
    }
  | { readonly do: 'freeze'; readonly page: string; readonly ms: number; readonly monotonic: MonotonicInStall }
  | { readonly do: 'put-away' | 'forge-hint' | 'wake' | 'input' | 'idle'; readonly page: string }
  | {
      readonly do: 'claim'
      readonly page: string
      readonly status: ClaimStatus
      readonly forMs?: number
      readonly bound?: boolean
    }
  | { readonly do: 'clear'; readonly page: string }
  | { readonly do: 'message'; readonly page: string; readonly text: string | null; readonly forMs?: number }
  | { readonly do: 'enter' | 'state'; readonly page: string; readonly space: string; readonly state: number }
  | { readonly do: 'exit'; readonly page: string; readonly space: string }
  | { readonly do: 'signal'; readonly page: string; readonly space: string }
  // Calls of the application on a node
  | { readonly do: 'sign-out'; readonly node: string; readonly user: string; readonly session?: string }
  /** `of`: only the connections of these pages. */
  | { readonly do: 'kick'; readonly node: string; readonly user: string; readonly of?: readonly string[] }
  | { readonly do: 'forget'; readonly node: string; readonly user: string }
  /** In a process that never started. */
  | { readonly do: 'work'; readonly user: string; readonly job: 'claim' | 'touch' | 'message' | 'sweep' }
  | {
      readonly do: 'server-claim'
      readonly node: string
      readonly user: string
      readonly source: string
      readonly status: ClaimStatus
      readonly forMs: number | null
    }
  | { readonly do: 'touch'; readonly node: string; readonly user: string; readonly session: string }
  | {
      readonly do: 'last-seen-to'
      readonly node: string
      readonly user: string
      readonly audience: 'everyone' | 'admins'
    }
  // Network
  | { readonly do: 'cut' | 'silence' | 'lose'; readonly page: string }
  | { readonly do: 'isolate'; readonly page: string; readonly ms: number }
  | {
      readonly do: 'requests'
      readonly page: string
      readonly fault: RequestFaultKind
      readonly ms: number
      readonly share: number
    }
  // Store
  | {
      readonly do: 'store'
      readonly fault: CallFaultKind
      readonly node: string | null
      readonly calls: CallGroup
      readonly half: Half
      readonly ms: number
      readonly share: number
    }
  | { readonly do: 'unsavable'; readonly user: string; readonly ms: number }
  | { readonly do: 'roll-back'; readonly writes: number; readonly half: Half }
  | { readonly do: 'wipe'; readonly half: Half }
  | { readonly do: 'evict'; readonly user: string }
  | { readonly do: 'set-store-clock'; readonly ms: number }
  | {
      readonly do: 'feed'
      readonly fault: FeedFault['kind']
      readonly node: string | null
      readonly topic: string | null
      readonly ms: number
    }

export type Action = Deed & { readonly at: number }

export type PolicyName = 'short' | 'shorter' | 'default' | 'forgetful' | 'slow'

/** After a heal: hold-off, node lease, sweep, drain grace, audit, reconciliation, and calls that come up to 120 s late. */
export const HEALING_MS = 180_000

/** A whole run. */
export interface Script {
  readonly seed: number
  /** Latencies are always the same, whoever sends how much. */
  readonly steady?: boolean
  readonly store: StoreKind
  readonly policy: PolicyName
  /** Users whose changes wait at a node while the store is away; as the default without it. */
  readonly outageQueue?: number
  readonly users: readonly string[]
  /** Users that each page watches one by one; all without it. */
  readonly watched?: readonly string[]
  readonly actions: readonly Action[]
  /** Every fault ends, and at least one node lives. */
  readonly healsAt: number
  /** Everything has become right. */
  readonly endsAt: number
}

/** The script as a person reads it. */
export function readable(script: Script): string {
  const { store, users } = script
  const manner = `${store.fenced ? 'fences saves' : 'does not fence saves'}, ${store.durable ? 'durable' : 'volatile'}`
  const paged = store.pageSize < 100 ? `, pages of ${store.pageSize}` : ''
  return [
    `seed ${script.seed}: ${users.length} users${script.outageQueue === undefined ? '' : `, of whom ${script.outageQueue} may wait for the store`}${script.watched === undefined ? '' : ` (watched: ${script.watched.join(', ')})`}, ${script.policy} policy; the store ${manner}${paged}`,
    ...script.actions.map((action) => `${clockText(action.at)}  ${sentence(action)}`),
    `${clockText(script.healsAt)}  everything heals`,
    `${clockText(script.endsAt)}  everything must be right`,
  ].join('\n')
}

/** `00:41.200` */
export function clockText(ms: number): string {
  const whole = Math.floor(ms)
  const minutes = String(Math.floor(whole / 60_000)).padStart(2, '0')
  const seconds = String(Math.floor(whole / 1000) % 60).padStart(2, '0')
  return `${minutes}:${seconds}.${String(whole % 1000).padStart(3, '0')}`
}

const CLOSING = {
  leave: 'leaves on purpose',
  logout: 'logs out',
  hint: 'is closed (with a hint)',
  beacon: 'is closed (its leave token goes by HTTP)',
  reset: 'crashes (its server is told)',
  silently: 'vanishes (nobody is told)',
} as const

const JOBS = {
  claim: 'claims busy (calendar) for',
  touch: 'serves a request of',
  message: 'sets the message of',
  sweep: 'sweeps',
} as const

const CALL_FAULTS: { readonly [K in CallFaultKind]: string } = {
  refused: 'refused',
  hangs: 'not executed, and only the deadline says so',
  late: 'reported failed, and executed up to 120 s later',
  twice: 'executed twice',
  'answer-lost': 'executed, the answers lost',
  slow: 'slow',
  lopsided: 'slow on the way there, fast on the way back (clock samples)',
}

const REQUEST_FAULTS: { readonly [K in RequestFaultKind]: string } = {
  refused: 'refused on the way',
  lost: 'lost on the way',
  'answer-lost': 'done, the answers lost',
  slow: 'slow on both ways, up to 12 s each',
  twice: 'done twice, up to 8 s apart',
}

const FEED_FAULTS: { readonly [K in FeedFault['kind']]: string } = {
  lost: 'loses its next delivery',
  dead: 'dies silently',
  deaf: 'dies silently, for good',
  delayed: 'is delayed',
  reordered: 'delivers out of order',
}

function seconds(ms: number): string {
  return `${Number((ms / 1000).toFixed(1))} s`
}

function someText(share: number): string {
  return share < 1 ? `${Math.round(share * 100)} % of the ` : ''
}

function halfText(half: Half): string {
  return half === null ? '' : ` for half ${half} of the users`
}

function whenText(atCall: number | undefined): string {
  return atCall === undefined ? '' : ` as it makes its store call no. ${atCall} from now`
}

/** One line in plain English. */
export function sentence(action: Deed): string {
  switch (action.do) {
    case 'start':
      return `node ${action.node} starts${action.policy === undefined ? '' : ` with the ${action.policy} policy`}${action.later ? ', and runs a later version from now on' : ''}`
    case 'crash':
      return `node ${action.node} crashes${whenText(action.atCall)}; its pages ${action.learn ? 'notice' : 'do not notice'}`
    case 'drain':
      return `node ${action.node} drains`
    case 'stall':
      return `node ${action.node} stalls for ${seconds(action.ms)}${whenText(action.atCall)}${action.sent ? ', just after' : ''}; its monotonic clock ${action.monotonic}`
    case 'set-wall':
      return `the wall clock of node ${action.node} is set by ${seconds(action.ms)}`
    case 'open':
      return `page ${action.page} of ${action.user} opens (session ${action.session}, spaces ${action.spaces.join(', ') || 'none'}${action.over === undefined ? '' : `, over HTTP: ${action.over}`})`
    case 'reload':
      return `page ${action.page} reloads, back after ${seconds(action.afterMs)}`
    case 'duplicate':
      return `page ${action.page} is duplicated as ${action.as}`
    case 'close':
      return `page ${action.page} ${CLOSING[action.how]}`
    case 'freeze':
      return `page ${action.page} is frozen for ${seconds(action.ms)}; its monotonic clock ${action.monotonic}`
    case 'put-away':
      return `page ${action.page} is put away (with a hint), as it is`
    case 'forge-hint':
      return `somebody says with a leave token of their own making that page ${action.page} goes`
    case 'wake':
      return `page ${action.page} comes to the front`
    case 'input':
      return `input on page ${action.page}`
    case 'idle':
      return `page ${action.page} says idle`
    case 'claim':
      return `page ${action.page} claims ${action.status}${action.forMs === undefined ? '' : ` for ${seconds(action.forMs)}`}${action.bound ? ', bound to its connection' : ''}`
    case 'clear':
      return `page ${action.page} clears its claim`
    case 'message':
      return `page ${action.page} ${action.text === null ? 'clears its message' : `sets the message "${action.text}"`}${action.forMs === undefined ? '' : ` for ${seconds(action.forMs)}`}`
    case 'enter':
      return `page ${action.page} enters ${action.space} with state ${action.state}`
    case 'state':
      return `page ${action.page} sets its state in ${action.space} to ${action.state}`
    case 'exit':
      return `page ${action.page} exits ${action.space}`
    case 'signal':
      return `page ${action.page} signals in ${action.space}`
    case 'sign-out':
      return `node ${action.node} signs out ${action.user}${action.session === undefined ? '' : ` (session ${action.session})`}`
    case 'kick':
      return `node ${action.node} kicks ${action.user}${action.of === undefined ? '' : ` (the connections of ${action.of.join(', ')})`}`
    case 'work':
      return `a process that never started ${JOBS[action.job]}${action.job === 'sweep' ? '' : ` ${action.user}`}`
    case 'forget':
      return `node ${action.node} forgets ${action.user}`
    case 'server-claim':
      return `node ${action.node} claims ${action.status} for ${action.user} (${action.source})${action.forMs === null ? '' : ` for ${seconds(action.forMs)}`}`
    case 'touch':
      return `node ${action.node} serves a request of ${action.user} (session ${action.session})`
    case 'last-seen-to':
      return `node ${action.node} lets ${action.audience} see when ${action.user} was last seen`
    case 'cut':
      return `the link of page ${action.page} is cut`
    case 'silence':
      return `the link of page ${action.page} goes dead, and nobody is told`
    case 'lose':
      return `the next change on its way to page ${action.page} is lost`
    case 'isolate':
      return `page ${action.page} has no network for ${seconds(action.ms)}`
    case 'requests':
      return `for ${seconds(action.ms)} ${someText(action.share)}requests of page ${action.page} are ${REQUEST_FAULTS[action.fault]}`
    case 'store': {
      const calls = action.calls === 'all' ? 'calls' : action.calls
      return `for ${seconds(action.ms)} ${someText(action.share)}${calls} of ${action.node === null ? 'all nodes' : `node ${action.node}`} are ${CALL_FAULTS[action.fault]}${halfText(action.half)}`
    }
    case 'unsavable':
      return `for ${seconds(action.ms)} no save that has ${action.user} in it works`
    case 'roll-back':
      return `the store loses its last ${action.writes} writes${halfText(action.half)}`
    case 'wipe':
      return `the store loses everything${halfText(action.half)}`
    case 'evict':
      return `the store loses ${action.user}`
    case 'set-store-clock':
      return `the store's clock is set by ${seconds(action.ms)}`
    case 'feed':
      return `the feed of ${action.node === null ? 'all nodes' : `node ${action.node}`} ${FEED_FAULTS[action.fault]}${action.topic === null ? '' : ` (${action.topic})`}${action.fault === 'lost' ? '' : `, for ${seconds(action.ms)}`}`
  }
}
