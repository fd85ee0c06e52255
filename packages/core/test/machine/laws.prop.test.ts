import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import {
  type Change,
  type Claim,
  type Connection,
  entriesOf,
  isNewer,
  type Opening,
  type PresenceEvent,
  seal,
  statusOf,
  topicsOf,
  transition,
  type UserRecord,
  viewOf,
  wakeAt,
} from '../../src/machine/index.ts'
import { expectAtLeast, expectSame } from './expect-same.ts'
import { statusFromLog } from './status-oracle.ts'
import { type Scene, type Story, stories, tell } from './stories.ts'

// A thousand stories take a second or two, and more where the machine has other things to do.
vi.setConfig({ testTimeout: 60_000 })

const RUNS = { numRuns: 1000 }

/** Every scene of a story that left a record, with what the law needs to go on from there. */
function records(story: Story): (Scene & { readonly after: UserRecord })[] {
  return tell(story).filter((scene): scene is Scene & { readonly after: UserRecord } => scene.after !== null)
}

const self = (nodeId: string | null) => ({ userId: 'ada', nodeId })

const HOUR = 3_600_000

/** The order of spaces is no part of what anybody sees. */
function viewsOf(record: UserRecord | null) {
  const sorted = <V extends { readonly spaces: readonly { readonly space: string }[] }>(view: V): V => ({
    ...view,
    spaces: [...view.spaces].sort((a, b) => (a.space < b.space ? -1 : 1)),
  })
  const own = viewOf(record, 'ada', 'admin')
  return {
    others: sorted(viewOf(record, 'ada', 'others')),
    own: sorted({ ...own, connections: own.connections.map(sorted) }),
  }
}

describe('law 1: status is a function of connections with their phases, claims, now and policy alone', () => {
  it('whatever order connections and claims are in, and whatever else the record says', () => {
    fc.assert(
      fc.property(
        stories(),
        fc.nat(),
        fc.record({ statusSince: fc.nat(), lastSeenAt: fc.nat(), version: fc.nat() }),
        (story, seed, rest) => {
          for (const { after, now } of records(story)) {
            const turned = <T>(list: readonly T[]): T[] =>
              [...list.slice(seed % (list.length + 1)), ...list.slice(0, seed % (list.length + 1))].reverse()
            const connections = turned<Connection>(after.connections)
            const claims = turned<Claim>(after.claims)
            expectSame(statusOf(connections, claims, now), after.status)
            const scrambled: UserRecord = {
              ...after,
              ...rest,
              epoch: now,
              connections,
              claims,
              status: 'dnd',
              cause: null,
              lastActiveAt: 1,
              lastSeenToAt: -1,
            }
            const touched = {
              type: 'audience',
              at: now,
              lastSeenTo: after.lastSeenTo === 'admins' ? 'everyone' : 'admins',
            } as const
            expectSame(transition(scrambled, touched, now, story.policy, self(null)).record?.status, after.status)
          }
        },
      ),
      RUNS,
    )
  })

  it('and agrees with an oracle that works it out from everything that happened', () => {
    const understood = new Set([
      'open',
      'touch',
      'beat',
      'input',
      'idle',
      'hint',
      'lost',
      'drain',
      'leave',
      'sign-out',
      'kick',
      'claim',
      'clear',
      'advance',
    ])
    const seen = new Set<string>()
    fc.assert(
      fc.property(
        stories({ late: false, forget: false }),
        fc.array(fc.nat(2 * HOUR), { minLength: 3, maxLength: 3 }),
        (story, pauses) => {
          const { policy } = story
          const log: PresenceEvent[] = []
          let record: UserRecord | null = null
          let end = 0
          for (const { event: told, now } of tell(story)) {
            const event = simplified(told, log.length)
            if (!understood.has(event.type)) continue
            const result = transition(record, event, now, policy, self('n'))
            record = result.record
            if (result.verdict === 'applied' || result.verdict === 'unchanged') log.push(event)
            const status = record?.status ?? 'offline'
            seen.add(status)
            expectSame(status, statusFromLog(log, now, policy))
            end = now
          }
          for (const pause of pauses) {
            end += pause
            record = transition(record, { type: 'advance' }, end, policy, self('n')).record
            expectSame(record?.status ?? 'offline', statusFromLog(log, end, policy))
          }
        },
      ),
      RUNS,
    )
    expect([...seen].sort()).toEqual(['away', 'busy', 'dnd', 'offline', 'online'])
  })
})

/** The event as the oracle knows it: one node, sessions of their own, no resumes, no bound or hiding claims. */
function simplified(event: PresenceEvent, n: number): PresenceEvent {
  if (event.type === 'open') {
    return {
      ...event,
      nodeId: event.nodeId === null ? null : 'n',
      resumes: null,
      invisible: null,
      opening: { ...event.opening, sessionId: event.opening.connectionId },
    }
  }
  if (event.type === 'touch') return { ...event, opening: { ...event.opening, sessionId: `${n}` } }
  if (event.type === 'sign-out') return { ...event, sessionId: null }
  if (event.type === 'claim') return { ...event, claim: { ...event.claim, connectionId: null } }
  return event
}

describe('law 2: advance(advance(r, t1), t2) equals advance(r, t2), and before wakeAt it changes nothing', () => {
  const advance = (record: UserRecord | null, now: number, story: Story, nodeId: string) =>
    transition(record, { type: 'advance' }, now, story.policy, self(nodeId))

  it('for any t1 ≤ t2', () => {
    fc.assert(
      fc.property(stories(), fc.nat(40 * 24 * HOUR), fc.nat(2 * HOUR), (story, far, near) => {
        for (const { after, now, nodeId } of records(story)) {
          for (const [t1, t2] of [
            [now + near, now + near + far],
            [now + (near % 30_000), now + near],
          ] as const) {
            const twice = advance(advance(after, t1, story, nodeId).record, t2, story, nodeId)
            expectSame(twice.record, advance(after, t2, story, nodeId).record)
          }
        }
      }),
      RUNS,
    )
  })

  it('for any time before wakeAt, and changes something there', () => {
    fc.assert(
      fc.property(stories(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (story, share) => {
        for (const { after, now, nodeId } of records(story)) {
          const wake = wakeAt(after, story.policy, nodeId)
          const until = wake ?? now + 1000 * HOUR
          expectAtLeast(until, now + 1)
          const idle = advance(after, now + Math.floor((until - now - 1) * share), story, nodeId)
          expectSame(idle.record === after, true, 'the very record')
          expectSame(idle.changes, [])
          if (wake !== null) expectSame(advance(after, wake, story, nodeId).record === after, false, 'another record')
        }
      }),
      RUNS,
    )
  })
})

describe('law 3: every event is idempotent under redelivery: neither status nor stamps change', () => {
  it('delivered twice at once, nobody sees anything, and a leave of a connection that is not there changes nothing', () => {
    fc.assert(
      fc.property(stories(), (story) => {
        for (const { after, event, now, nodeId, verdict } of tell(story)) {
          // Ends and clears are remembered for so long.
          if (event.type !== 'advance' && now - event.at >= story.policy.endedForMs) continue
          // What was refused when it happened may be granted now: a connection has gone since.
          if (verdict === 'limit' || (event.type === 'announce' && verdict === 'ended')) continue
          const again = transition(after, event, now, story.policy, self(nodeId))
          expectSame(viewsOf(again.record), viewsOf(after))
          expectSame(again.changes, [])
          const nobody = { type: 'leave', at: now, connectionId: 'nobody' } as const
          const left = transition(after, nobody, now, story.policy, self(nodeId)).record
          expectSame(left === after, true, 'the very record')
        }
      }),
      RUNS,
    )
  })

  it('delivered again later, whatever happened in between', () => {
    const redelivered = new Map<string, number>()
    fc.assert(
      fc.property(stories({ late: false }), fc.nat(), fc.nat(), (story, first, second) => {
        const scenes = tell(story)
        const i = first % scenes.length
        const j = i + (second % (scenes.length - i))
        const { event, verdict } = scenes[i] as Scene
        const { after: record, now, nodeId } = scenes[j] as Scene
        if (event.type === 'advance' || verdict !== 'applied') return
        // Ends are remembered for `endedFor`; a handshake and an announcement are made once, by the node that lives.
        if (now - event.at >= story.policy.endedForMs || event.type === 'announce' || record === null) return
        if (event.type === 'open' && hasLapsed(event.opening, scenes.slice(i, j + 1))) return
        // A request is input on whichever connection its session has: again on another one, if the first is gone.
        if (event.type === 'touch' && (now - event.at < 1000 || hasOlder(record, event.opening.sessionId, event.at)))
          return
        redelivered.set(event.type, (redelivered.get(event.type) ?? 0) + 1)
        const again = transition(record, event, now, story.policy, self(nodeId)).record
        expectSame(stampsOf(again), stampsOf(record))
      }),
      { numRuns: 5000 },
    )
    for (const type of [
      'open',
      'touch',
      'beat',
      'input',
      'idle',
      'enter',
      'exit',
      'hint',
      'lost',
      'drain',
      'node-lost',
      'leave',
      'sign-out',
      'kick',
      'claim',
      'clear',
      'message',
      'audience',
    ]) {
      expect(redelivered.get(type) ?? 0, type).toBeGreaterThan(5)
    }
  })
})

/** Whether a connection ended by itself: of such an end nobody keeps a mark. */
function hasLapsed({ connectionId, sessionId }: Opening, scenes: readonly Scene[]): boolean {
  const names = (record: UserRecord | null) =>
    record?.connections.flatMap(({ id, replaces }) => [id, ...replaces]) ?? []
  const end = scenes.find(({ after }) => !names(after).includes(connectionId))
  if (end === undefined) return false
  const { event, verdict } = end
  if (verdict !== 'applied') return true
  if (event.type === 'leave') return event.connectionId !== connectionId
  if (event.type === 'kick') return event.connectionIds !== null && !event.connectionIds.includes(connectionId)
  return event.type !== 'sign-out' || (event.sessionId !== null && event.sessionId !== sessionId)
}

function hasOlder(record: UserRecord, sessionId: string, at: number): boolean {
  return record.connections.some((connection) => connection.sessionId === sessionId && connection.inputAt < at)
}

function stampsOf(record: UserRecord | null) {
  if (record === null) return null
  const { status, statusSince, lastActiveAt, lastSeenAt, shown } = record
  return { status, statusSince, lastActiveAt, lastSeenAt, shown: shown && { ...shown, lastSeenTo: null } }
}

describe('law 5: an event that changes nothing a viewer can see yields no change; two equal states publish nothing', () => {
  it('and every difference a viewer can see yields one, for those who see it', () => {
    fc.assert(
      fc.property(stories(), (story) => {
        for (const { before, after, changes, now } of tell(story)) {
          if (before !== null && (after === null || after.epoch === now)) continue
          const from = viewsOf(before)
          const to = viewsOf(after)
          const forEveryone = changes.some(({ visibleTo }: Change) => visibleTo === 'everyone')
          expectSame(forEveryone, !same(from.others, to.others), 'for everyone')
          expectSame(changes.length > 0, !same(from, to), 'for somebody')
        }
      }),
      RUNS,
    )
  })

  it('and what a store is told of a user follows from what viewers see', () => {
    fc.assert(
      fc.property(stories(), (story) => {
        for (const { before, after } of records(story)) {
          const { shown, real } = entriesOf(after, story.policy)
          const others = viewOf(after, 'ada', 'others')
          const own = viewOf(after, 'ada', 'admin')
          expectSame([shown.status, ...shown.spaces], [others.status, ...others.spaces.map(({ space }) => space)])
          expectSame([real.status, ...real.spaces], [own.status, ...own.spaces.map(({ space }) => space)])
          const topics = topicsOf(before, after)
          for (const space of real.spaces) expectSame(topics.includes(`space:${space}`), true, space)
        }
      }),
      RUNS,
    )
  })
})

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b)

describe('law 6: stamps never decrease', () => {
  it('in the record, nor in what others see, until a user is forgotten', () => {
    fc.assert(
      fc.property(stories({ forget: false }), (story) => {
        let last = [0, 0, 0, 0]
        let shown = [0, 0]
        const inputs = new Map<string, number>()
        for (const { after } of records(story)) {
          const now = [after.statusSince, after.lastActiveAt, after.lastSeenAt, after.signedOutAt]
          now.forEach((stamp, i) => {
            expectAtLeast(stamp, last[i] as number)
          })
          last = now
          const others = viewOf(after, 'ada', 'others')
          expectAtLeast(others.statusSince, shown[0] as number)
          if (others.lastSeenAt !== null) expectAtLeast(others.lastSeenAt, shown[1] as number)
          shown = [others.statusSince, others.lastSeenAt ?? (shown[1] as number)]
          for (const { id, inputAt } of after.connections) {
            expectAtLeast(inputAt, inputs.get(id) ?? 0)
            inputs.set(id, inputAt)
          }
        }
      }),
      RUNS,
    )
  })
})

describe('law 7: version rises by exactly one per stored change within an epoch; a record created anew has a higher epoch', () => {
  it('over whole lives, forgetting included', () => {
    let forgotten = 0
    let anew = 0
    fc.assert(
      fc.property(stories(), (story) => {
        let stored: UserRecord | null = null
        let newest = null as UserRecord | null
        let counter = 0
        for (const { event, now, nodeId } of tell(story)) {
          const { record }: { record: UserRecord | null } = transition(stored, event, now, story.policy, self(nodeId))
          if (record === stored) continue
          const before: UserRecord | null = stored
          stored = record && seal(before, record, { rev: `${nodeId}:${++counter}`, now, lastEpoch: newest?.epoch ?? 0 })
          if (stored === null) {
            forgotten++
            continue
          }
          // A user who was forgotten and came again in one step was created anew.
          const isAnew: boolean = stored.epoch !== before?.epoch
          expectSame(stored.version, isAnew ? 1 : (before?.version ?? 0) + 1)
          anew += isAnew && before !== null ? 1 : 0
          if (newest !== null) {
            expectSame([isNewer(stored, newest), isNewer(newest, stored)], [true, false])
          }
          newest = stored
        }
      }),
      RUNS,
    )
    expect(forgotten).toBeGreaterThan(10)
    expect(anew).toBeGreaterThan(0)
  })
})
