import fc from 'fast-check'
import {
  type Change,
  type ClaimStatus,
  type Connection,
  DEFAULT_POLICY,
  type Json,
  type Policy,
  type PresenceEvent,
  transition,
  type UserRecord,
  type Verdict,
} from '../../src/machine/index.ts'
import { claimRequest, openEvent, touchEvent } from './events.ts'
import { START } from './history.ts'

/** What somebody does; `pick` and `node` are resolved against what the story has come to. */
export type Doing =
  | {
      do: 'open'
      node: number
      leaseMs: number | null
      session: string | null
      spaces: string[]
      resumes: number | null
      invisibleMs: number | null
    }
  | { do: 'announce'; pick: number; node: number }
  | { do: 'touch'; session: string; spaces: string[]; leaseMs: number; isInput: boolean }
  | { do: 'beat'; pick: number; leaseMs: number }
  | { do: 'input' | 'idle' | 'hint' | 'lost' | 'drain' | 'leave'; pick: number }
  | { do: 'enter'; pick: number; space: string; state: Json }
  | { do: 'exit'; pick: number; space: string }
  | { do: 'node-lost'; node: number }
  | { do: 'sign-out'; session: string | null }
  | { do: 'kick'; picks: number[] | null }
  | { do: 'claim'; status: ClaimStatus; source: string; priority: number; forMs: number | null; pick: number | null }
  | { do: 'clear'; source: string }
  | { do: 'message'; text: string | null; forMs: number | null }
  | { do: 'audience'; to: 'everyone' | 'admins' }
  /** Says the last claim, message or state once more, as something new. */
  | { do: 'repeat' }
  | { do: 'advance' }

/** One step: `afterMs` later, and processed `lateMs` after it happened, by `by`. */
export interface Step {
  readonly afterMs: number
  readonly lateMs: number
  readonly by: number
  readonly doing: Doing
}

export interface Story {
  readonly policy: Policy
  readonly steps: readonly Step[]
}

/** One step as it was told. */
export interface Scene {
  readonly before: UserRecord | null
  readonly event: PresenceEvent
  readonly now: number
  readonly nodeId: string
  readonly after: UserRecord | null
  readonly changes: readonly Change[]
  readonly verdict: Verdict
}

const SECOND = 1000
const MINUTE = 60 * SECOND
const DAY = 24 * 60 * MINUTE

const policies = fc.constantFrom<Policy>(
  DEFAULT_POLICY,
  { ...DEFAULT_POLICY, idleAfterMs: null },
  { ...DEFAULT_POLICY, dormantAfterMs: null },
  { ...DEFAULT_POLICY, idleAfterMs: null, dormantAfterMs: null },
  { ...DEFAULT_POLICY, idleAfterMs: 20 * SECOND, dormantAfterMs: 60 * SECOND, endedForMs: 90 * SECOND },
  { ...DEFAULT_POLICY, maxConnections: 2 },
)

const pick = fc.nat(7)
// One node has most of it, so that its death matters.
const node = fc.constantFrom(0, 0, 0, 1, 2)
const session = fc.constantFrom('s1', 's2')
const space = fc.constantFrom('news', 'doc')
const spaces = fc.uniqueArray(space, { maxLength: 2 })
const source = fc.constantFrom('manual', 'call', 'app')
const state = fc.constantFrom<Json>(null, 1, { page: 2 })
const soon = fc.constantFrom(5 * SECOND, 40 * SECOND, 10 * MINUTE)
const leaseMs = fc.constantFrom(90 * SECOND, 130 * SECOND)
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null })

const visibleStatus = fc.constantFrom<ClaimStatus>('online', 'away', 'busy', 'dnd')
const anyStatus = fc.oneof(
  { weight: 3, arbitrary: visibleStatus },
  { weight: 2, arbitrary: fc.constant<ClaimStatus>('invisible') },
)

function doings(invisible: boolean): fc.Arbitrary<Doing> {
  const does = <T extends Doing['do']>(...what: T[]) => fc.constantFrom(...what)
  const invisibleMs = invisible ? fc.option(soon, { nil: null, freq: 3 }) : fc.constant(null)
  return fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({
        do: does('open'),
        node,
        leaseMs: fc.option(leaseMs, { nil: null, freq: 2 }),
        session: optional(session),
        spaces,
        resumes: fc.option(pick, { nil: null, freq: 2 }),
        invisibleMs,
      }),
    },
    { weight: 2, arbitrary: fc.record({ do: does('announce'), pick, node }) },
    { weight: 4, arbitrary: fc.record({ do: does('touch'), session, spaces, leaseMs, isInput: fc.boolean() }) },
    { weight: 3, arbitrary: fc.record({ do: does('beat'), pick, leaseMs }) },
    { weight: 6, arbitrary: fc.record({ do: does('input', 'idle'), pick }) },
    { weight: 7, arbitrary: fc.record({ do: does('hint', 'lost', 'drain', 'leave'), pick }) },
    { weight: 3, arbitrary: fc.record({ do: does('enter'), pick, space, state }) },
    { weight: 1, arbitrary: fc.record({ do: does('exit'), pick, space }) },
    { weight: 2, arbitrary: fc.record({ do: does('node-lost'), node }) },
    { weight: 1, arbitrary: fc.record({ do: does('sign-out'), session: optional(session) }) },
    {
      weight: 1,
      arbitrary: fc.record({ do: does('kick'), picks: optional(fc.array(pick, { minLength: 1, maxLength: 2 })) }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        do: does('claim'),
        status: invisible ? anyStatus : visibleStatus,
        source,
        priority: fc.constantFrom(60, 60, 60, 100),
        forMs: optional(soon),
        pick: fc.option(pick, { nil: null, freq: 2 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ do: does('clear'), source }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: does('message'),
        text: optional(fc.constantFrom('Lunch', 'Back soon')),
        forMs: optional(soon),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ do: does('audience'), to: fc.constantFrom('everyone' as const, 'admins' as const) }),
    },
    { weight: 3, arbitrary: fc.record({ do: does('repeat') }) },
    { weight: 2, arbitrary: fc.record({ do: does('advance') }) },
  )
}

const PAUSES = [1, SECOND, 8 * SECOND, 12 * SECOND, 70 * SECOND, 5 * MINUTE, 31 * MINUTE] as const

export interface StoryOptions {
  /** Events may arrive later than they happened. @default true */
  readonly late?: boolean
  /** Claims may hide the user. @default true */
  readonly invisible?: boolean
  /** Pauses may be long enough to forget a user. @default true */
  readonly forget?: boolean
  readonly maxLength?: number
}

export function steps(options: StoryOptions = {}): fc.Arbitrary<Step[]> {
  const { late = true, invisible = true, forget = true, maxLength = 30 } = options
  const long = forget ? [31 * DAY] : []
  const afterMs = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...PAUSES.slice(0, 4)) },
    { weight: 2, arbitrary: fc.constantFrom(...PAUSES, ...long) },
  )
  const lateMs = late
    ? fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constantFrom(...PAUSES) })
    : fc.constant(0)
  return fc.array(fc.record({ afterMs, lateMs, by: node, doing: doings(invisible) }), {
    minLength: 1,
    maxLength,
    size: 'max',
  })
}

export function stories(options: StoryOptions = {}): fc.Arbitrary<Story> {
  return fc.record({ policy: policies, steps: steps(options) })
}

const SAYINGS: ReadonlySet<string> = new Set(['claim', 'message', 'enter'])

/** Tells a story: resolves each step against what happened so far, and sends it through the machine. */
export function tell(
  story: Story,
  from: { readonly record: UserRecord | null; readonly now: number } = { record: null, now: START },
): Scene[] {
  const { policy } = story
  const scenes: Scene[] = []
  const known = new Map<string, Connection & { readonly knownAt: number }>()
  const incarnations = [0, 0, 0]
  let { record, now } = from
  let opened = record === null ? 0 : 1000
  const nodeOf = (slot: number) => `n${slot}.${incarnations[slot]}`
  const idOf = (index: number): string => {
    // Mostly one that stands, sometimes one that is gone or was replaced.
    const standing = record?.connections ?? []
    const ids = index < 6 && standing.length > 0 ? standing.map(({ id }) => id) : [...known.keys()]
    return ids[index % Math.max(ids.length, 1)] ?? 'nobody'
  }
  const eventOf = (doing: Doing, at: number): PresenceEvent => {
    switch (doing.do) {
      case 'open': {
        const id = `c${++opened}`
        const resumes = doing.resumes === null ? {} : { resumes: `token-${idOf(doing.resumes)}` }
        const hiding = doing.invisibleMs === null ? {} : { invisible: { until: at + doing.invisibleMs } }
        return openEvent(at, id, {
          node: nodeOf(doing.node),
          leaseMs: doing.leaseMs,
          session: doing.session ?? id,
          spaces: doing.spaces,
          token: `token-${id}`,
          ...resumes,
          ...hiding,
        })
      }
      case 'announce': {
        const remembered = known.get(idOf(doing.pick))
        if (remembered === undefined || remembered.lease !== null) return { type: 'advance' }
        const { knownAt, ...connection } = remembered
        // Whoever was cut off for longer than ends are remembered announces nothing.
        if (now - knownAt >= policy.endedForMs) return { type: 'advance' }
        // A holder knows of the losses it noticed, not of the sweep that gave it up.
        const lost = remembered.lost?.cause === 'node-lost' ? null : remembered.lost
        return { type: 'announce', at, connection: { ...connection, lost, nodeId: nodeOf(doing.node) } }
      }
      case 'touch':
        return touchEvent(at, doing.session, { ...doing, id: `t${++opened}` })
      case 'beat':
        return { type: 'beat', at, connectionId: idOf(doing.pick), leaseMs: doing.leaseMs }
      case 'enter':
        return { type: 'enter', at, connectionId: idOf(doing.pick), space: doing.space, state: doing.state }
      case 'exit':
        return { type: 'exit', at, connectionId: idOf(doing.pick), space: doing.space }
      case 'node-lost': {
        const nodeId = nodeOf(doing.node)
        // A node that died comes back under another id.
        incarnations[doing.node] = (incarnations[doing.node] ?? 0) + 1
        return { type: 'node-lost', at, nodeId }
      }
      case 'sign-out':
        return { type: 'sign-out', at, sessionId: doing.session }
      case 'kick':
        return { type: 'kick', at, connectionIds: doing.picks === null ? null : doing.picks.map(idOf) }
      case 'claim': {
        const until = doing.forMs === null ? null : at + doing.forMs
        const on = doing.pick === null ? {} : { on: idOf(doing.pick) }
        return {
          type: 'claim',
          at,
          claim: claimRequest(doing.status, { source: doing.source, priority: doing.priority, until, ...on }),
        }
      }
      case 'clear':
        return { type: 'clear', at, source: doing.source }
      case 'message': {
        const until = doing.forMs === null ? null : at + doing.forMs
        return { type: 'message', at, message: doing.text === null ? null : { text: doing.text, emoji: null, until } }
      }
      case 'audience':
        return { type: 'audience', at, lastSeenTo: doing.to }
      case 'repeat': {
        const said = scenes.findLast(({ event }) => SAYINGS.has(event.type))?.event
        return said === undefined || said.type === 'advance' ? { type: 'advance' } : { ...said, at }
      }
      case 'advance':
        return { type: 'advance' }
      default:
        return { type: doing.do, at, connectionId: idOf(doing.pick) }
    }
  }
  for (const { afterMs, lateMs, by, doing } of story.steps) {
    now += afterMs
    const event = eventOf(doing, Math.max(now - lateMs, from.now + 1))
    const nodeId = nodeOf(by)
    const before = record
    const result = transition(before, event, now, policy, { userId: 'ada', nodeId })
    record = result.record
    for (const connection of record?.connections ?? []) known.set(connection.id, { ...connection, knownAt: now })
    scenes.push({ before, event, now, nodeId, after: record, changes: result.changes, verdict: result.verdict })
  }
  return scenes
}
