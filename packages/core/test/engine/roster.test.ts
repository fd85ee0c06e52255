import { describe, expect, it } from 'vitest'
import { createRoster, type RosterUpdate } from '../../src/engine/roster.ts'
import { emptyRecord, type UserRecord } from '../../src/machine/index.ts'
import type { Topic } from '../../src/protocol.ts'

const LARGE = { above: 3, below: 2 }

function userIn(
  userId: string,
  spaces: readonly { space: string; state: null | string }[],
  rest: Partial<UserRecord> = {},
): UserRecord {
  return {
    ...emptyRecord(userId),
    status: 'online',
    statusSince: 5,
    connections: [
      {
        id: `${userId}-1`,
        sessionId: 's',
        nodeId: 'n',
        openedAt: 5,
        phase: 'active',
        inputAt: 5,
        quietFrom: 0,
        idledAt: 0,
        idleAfterMs: null,
        dormantAfterMs: null,
        lost: null,
        lease: null,
        device: null,
        meta: null,
        spaces: spaces.map((entry) => ({ ...entry, at: 5 })),
        resume: null,
        replaces: [],
      },
    ],
    ...rest,
  }
}

const hall = (state: string | null = null) => [{ space: 'hall', state }]
const roster = (topic: Topic, audience: 'others' | 'admin' = 'others') => createRoster({ topic, audience }, 'g1', LARGE)
const diffOf = (update: RosterUpdate | null) => (update?.kind === 'diff' ? update.diff : null)

describe('a roster', () => {
  it('sends each change once, and counts the sequence up by one', () => {
    const hallRoster = roster('space:hall')
    hallRoster.put('ada', userIn('ada', hall()))
    expect(diffOf(hallRoster.cut())).toMatchObject({
      sequence: { generation: 'g1', n: 1 },
      set: [{ userId: 'ada' }],
      gone: [],
    })
    expect(hallRoster.cut()).toBe(null)
    hallRoster.put('ada', null)
    expect(diffOf(hallRoster.cut())).toMatchObject({ sequence: { n: 2 }, set: [], gone: ['ada'] })
  })

  it('gathers what came since the last cut, newest state each', () => {
    const hallRoster = roster('space:hall')
    hallRoster.put('ada', userIn('ada', hall('a')))
    hallRoster.put('bob', userIn('bob', hall()))
    hallRoster.put('ada', userIn('ada', hall('b')))
    expect(diffOf(hallRoster.cut())?.set).toMatchObject([
      { userId: 'ada', spaces: [{ space: 'hall', state: 'b' }] },
      { userId: 'bob' },
    ])
  })

  it('shows of a user only the state in its own space, and stays still when another one changes', () => {
    const hallRoster = roster('space:hall')
    hallRoster.put('ada', userIn('ada', [...hall(), { space: 'den', state: 'x' }]))
    expect(diffOf(hallRoster.cut())?.set[0]?.spaces).toEqual([{ space: 'hall', state: null }])
    expect(hallRoster.put('ada', userIn('ada', [...hall(), { space: 'den', state: 'y' }]))).toBe(false)
    expect(hallRoster.cut()).toBe(null)
  })

  it('does not move for a change that its audience cannot see', () => {
    const others = roster('space:hall')
    const admins = roster('space:hall', 'admin')
    const before = userIn('ada', hall())
    const invisible = userIn('ada', hall(), {
      shown: { status: 'offline', statusSince: 9, lastSeenAt: 9, lastSeenTo: 'everyone', message: null },
      claims: [
        { source: 'manual', status: 'invisible', priority: 60, until: null, connectionId: null, since: 9, at: 9 },
      ],
    })
    for (const each of [others, admins]) {
      each.put('ada', before)
      each.cut()
      each.put('ada', invisible)
    }
    expect(diffOf(others.cut())).toMatchObject({ gone: ['ada'] })
    expect(diffOf(admins.cut())).toMatchObject({ set: [{ userId: 'ada', hidden: true }] })
    others.put('ada', { ...invisible, statusSince: 20, status: 'away' })
    expect(others.cut()).toBe(null)
    expect(others.sequence.n).toBe(2)
  })

  it('of one user tells that they are offline, and names no space to others', () => {
    const ada = roster('user:ada')
    ada.put('ada', null)
    expect(diffOf(ada.cut())?.set).toEqual([
      { userId: 'ada', status: 'offline', statusSince: 0, lastSeenAt: null, message: null, spaces: [] },
    ])
    ada.put('ada', userIn('ada', hall()))
    expect(diffOf(ada.cut())?.set).toMatchObject([{ status: 'online', spaces: [] }])
  })

  it('replays what a watcher missed, within one generation', () => {
    const hallRoster = roster('space:hall')
    for (const userId of ['ada', 'bob', 'cyd']) {
      hallRoster.put(userId, userIn(userId, hall()))
      hallRoster.cut()
    }
    expect(hallRoster.replay({ generation: 'g1', n: 1 })?.map(({ sequence }) => sequence.n)).toEqual([2, 3])
    expect(hallRoster.replay({ generation: 'g1', n: 3 })).toEqual([])
    expect(hallRoster.replay({ generation: 'g0', n: 1 })).toBe(null)
    expect(hallRoster.replay({ generation: 'g1', n: 4 })).toBe(null)
  })

  it('keeps the last 256 diffs for a replay', () => {
    const hallRoster = roster('space:hall')
    for (let i = 0; i < 300; i++) {
      hallRoster.put('ada', userIn('ada', hall(`${i}`)))
      hallRoster.cut()
    }
    expect(hallRoster.replay({ generation: 'g1', n: 44 })).toHaveLength(256)
    expect(hallRoster.replay({ generation: 'g1', n: 43 })).toBe(null)
  })

  it('turns to counts above its size, and to a list again well below it', () => {
    const hallRoster = roster('space:hall')
    for (const userId of ['a', 'b', 'c']) hallRoster.put(userId, userIn(userId, hall()))
    hallRoster.cut()
    hallRoster.put('d', userIn('d', hall(), { status: 'busy' }))
    expect(hallRoster.cut()).toMatchObject({
      kind: 'snapshot',
      snapshot: { mode: 'counts', users: [], counts: { present: 4, online: 3, busy: 1 } },
    })
    hallRoster.put('d', userIn('d', hall()))
    expect(hallRoster.cut()).toMatchObject({ kind: 'counts', counts: { present: 4, online: 4 } })
    hallRoster.put('c', null)
    hallRoster.put('d', null)
    expect(hallRoster.cut()).toMatchObject({ kind: 'counts', counts: { present: 2 } })
    hallRoster.put('b', null)
    expect(hallRoster.cut()).toMatchObject({
      kind: 'snapshot',
      snapshot: { mode: 'list', users: [{ userId: 'a' }], counts: null },
    })
  })

  it('of counts sends numbers, and only when they change', () => {
    const counts = roster('count:hall')
    counts.put('ada', userIn('ada', hall('x')))
    expect(counts.cut()).toMatchObject({ kind: 'counts', counts: { present: 1, online: 1 } })
    counts.put('ada', userIn('ada', hall('y')))
    expect(counts.cut()).toBe(null)
    expect(counts.snapshot()).toMatchObject({ mode: 'counts', users: [], counts: { present: 1 }, sequence: { n: 1 } })
  })
})
