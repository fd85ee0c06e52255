import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Claim,
  DEFAULT_POLICY,
  emptyRecord,
  type PresenceEvent,
  transition,
  type UserRecord,
  viewOf,
} from '../../src/machine/index.ts'
import { claimRequest, heldConnection, openEvent } from './events.ts'
import { expectSame } from './expect-same.ts'
import { history, sec } from './history.ts'
import { stories, tell } from './stories.ts'

const SELF = { userId: 'ada', nodeId: 'n1' } as const

/** What a store that has `standing` makes of a node that remembers `known`. */
function restored(standing: UserRecord | null, known: UserRecord, atSeconds: number): UserRecord {
  const at = sec(atSeconds)
  const { record } = transition(standing, { type: 'restore', at, record: known }, at, DEFAULT_POLICY, SELF)
  if (record === null) throw new Error('a restored record stands')
  return record
}

/** The record at the end of what is told, as its store confirmed it. */
function recordOf({ record }: { readonly record: UserRecord | null }): UserRecord {
  if (record === null) throw new Error('the history left no record')
  return record
}

/** What a store has of a user that it knows nearly nothing of. */
const hardlyKnown = () => recordOf(history().at(0).lastSeenTo('admins'))

const idsIn = (record: UserRecord) => record.connections.map(({ id }) => id)
const claimsIn = (record: UserRecord) => record.claims.map(({ source, status }) => [source, status])

describe('a state that a store lost', () => {
  it('comes back with claims, message, audience and stamps', () => {
    const known = recordOf(history().at(0).open('tab').at(10).claim('dnd').message('lunch').lastSeenTo('admins'))
    const back = restored(null, known, 20)
    expect(back).toMatchObject({
      claims: known.claims,
      message: known.message,
      lastSeenTo: 'admins',
      lastActiveAt: known.lastActiveAt,
      grants: known.grants,
    })
  })

  it('says who may see the user, unless that was said anew since', () => {
    const known = recordOf(history().at(0).open('tab').at(10).lastSeenTo('admins'))
    const before = recordOf(history().at(0).open('tab').at(5).lastSeenTo('everyone'))
    const after = recordOf(history().at(0).open('tab').at(15).lastSeenTo('everyone'))
    expect(restored(before, known, 20)).toMatchObject({ lastSeenTo: 'admins', lastSeenToAt: sec(10) })
    expect(restored(after, known, 20)).toMatchObject({ lastSeenTo: 'everyone', lastSeenToAt: sec(15) })
  })

  it('has a higher epoch than before, whatever the time', () => {
    const known = { ...recordOf(history().at(0).open('tab')), epoch: sec(1000) }
    expect(restored(null, known, 20).epoch).toBe(sec(1000) + 1)
    const standing = { ...emptyRecord('ada'), epoch: sec(2000) }
    expect(restored(standing, known, 20).epoch).toBe(sec(2000))
  })

  it('leaves held connections to their holders, who announce them', () => {
    expect(idsIn(restored(hardlyKnown(), recordOf(history().at(0).open('tab')), 1))).toEqual([])
  })

  it('brings lost connections back while they can be resumed', () => {
    const known = recordOf(history().at(0).open('tab').at(10).lost('tab'))
    expect(idsIn(restored(hardlyKnown(), known, 24))).toEqual(['tab'])
    expect(idsIn(restored(hardlyKnown(), known, 25))).toEqual([])
  })

  it('brings leased connections back until their lease ends', () => {
    const known = recordOf(history().at(0).touch('login'))
    expect(idsIn(restored(hardlyKnown(), known, 89))).toEqual(['login-leased'])
    expect(idsIn(restored(hardlyKnown(), known, 90))).toEqual([])
  })

  it('brings no leased connection back beside a later one of its session', () => {
    const known = recordOf(history().at(0).touch('login'))
    const standing = recordOf(history().at(5).open('tab', { session: 'login' }))
    expect(idsIn(restored(standing, known, 10))).toEqual(['tab'])
    const earlier = recordOf(history().at(5).open('tab', { session: 'other' }))
    expect(idsIn(restored(earlier, known, 10))).toEqual(['tab', 'login-leased'])
  })

  it('a resumed connection stands for the one whose place it took', () => {
    const told = history().at(0).open('old', { token: 'T' })
    const standing = recordOf(told)
    const known = recordOf(told.at(10).open('new', { resumes: 'T' }))
    expect(idsIn(restored(standing, known, 20))).toEqual(['new'])
  })

  it('of a page a resumed lease stands for the one whose place it took, and a later one for all before it', () => {
    const page = { session: 's', page: 'p', leaseMs: 90_000 }
    const told = history()
      .at(0)
      .open('old', { ...page, token: 'T' })
    const standing = recordOf(told)
    const known = recordOf(told.at(10).open('new', { ...page, token: 'U', resumes: 'T' }))
    expect(idsIn(restored(standing, known, 20))).toEqual(['new'])
    // Nobody knew of its token any more, and its page opened anew.
    const anew = recordOf(
      history()
        .at(15)
        .open('anew', { ...page, token: 'V' }),
    )
    expect(idsIn(restored(anew, known, 20))).toEqual(['anew'])
  })

  it('brings the lease of a page back beside other pages of its session', () => {
    const known = recordOf(history().at(0).open('one', { session: 's', page: 'one', leaseMs: 90_000, token: 'T' }))
    const standing = recordOf(history().at(5).open('two', { session: 's', page: 'two', leaseMs: 90_000, token: 'U' }))
    expect(idsIn(restored(standing, known, 10))).toEqual(['two', 'one'])
  })

  it('leaves what stands there as it stands', () => {
    const told = history().at(0).open('tab', { token: 'T' }).touch('login')
    const known = recordOf(told)
    const standing = recordOf(told.at(400).advance())
    expect(restored(standing, known, 400).connections).toEqual(standing.connections)
  })
})

describe('a deliberate end stays ended', () => {
  it.each(['leave', 'kick', 'sign-out'] as const)('after %s: of a store that fell back to before it', (end) => {
    const told = history().at(0).open('tab').open('other', { session: 's' })
    const standing = recordOf(told)
    told.at(10)
    if (end === 'leave') told.leave('tab').leave('other')
    else if (end === 'kick') told.kick('tab', 'other')
    else told.signOut()
    const back = restored(standing, recordOf(told), 20)
    expect(idsIn(back)).toEqual([])
    expect(back.status).toBe('offline')
  })

  it('of a session, for those of it that stand', () => {
    const told = history().at(0).open('tab', { session: 's' }).open('other')
    const standing = recordOf(told)
    expect(idsIn(restored(standing, recordOf(told.at(10).signOut('s')), 20))).toEqual(['other'])
  })

  it('for leased and lost connections that the node still remembers', () => {
    const known = recordOf(history().at(0).touch('login').open('tab').at(5).lost('tab'))
    const standing = recordOf(history().at(10).signOut())
    expect(idsIn(restored(standing, known, 12))).toEqual([])
  })

  it('with a mark for each, the newer one where both know it', () => {
    const known = recordOf(history().at(0).open('a').open('b').at(10).leave('a').leave('b'))
    const standing = recordOf(history().at(0).open('a').at(10).leave('a'))
    expect(restored(standing, known, 20).ended.map(({ id }) => id)).toEqual(['a', 'b'])
  })
})

describe('nothing newer is overwritten', () => {
  it('the last word on each claim source wins, a clear included', () => {
    const known = recordOf(
      history().at(10).claim('busy', { source: 'call' }).claim('dnd').claim('away', { source: 'calendar' }),
    )
    const standing = recordOf(history().at(5).claim('away', { source: 'call' }).at(20).claim('busy').clear('calendar'))
    expect(claimsIn(restored(standing, known, 30))).toEqual([
      ['call', 'busy'],
      ['manual', 'busy'],
      ['calendar', null],
    ])
    expect(claimsIn(restored(hardlyKnown(), known, 30))).toEqual(claimsIn(known))
  })

  it('a cleared claim that nobody knows of is not brought back to be nothing', () => {
    const known = recordOf(history().at(0).claim('busy').at(10).clear())
    expect(restored(hardlyKnown(), known, 20).claims).toEqual([])
  })

  it('a claim bound to a connection that is not there says nothing any more', () => {
    const bound: Claim = {
      source: 'call',
      status: 'busy',
      priority: 80,
      until: null,
      connectionId: 'tab',
      since: sec(5),
      at: sec(5),
    }
    const known = { ...recordOf(history().at(0).open('tab')), claims: [bound] }
    expect(claimsIn(restored(hardlyKnown(), known, 20))).toEqual([['call', null]])
    expect(claimsIn(restored(recordOf(history().at(0).open('tab')), known, 20))).toEqual([['call', 'busy']])
  })

  it('the later message wins, and one that was taken back stays away', () => {
    const known = recordOf(history().at(10).message('lunch'))
    expect(restored(recordOf(history().at(20).message('back')), known, 30).message?.text).toBe('back')
    expect(restored(recordOf(history().at(5).message('work')), known, 30).message?.text).toBe('lunch')
    const takenBack = recordOf(history().at(10).message('lunch').at(15).message(null))
    expect(restored(recordOf(history().at(10).message('lunch')), takenBack, 30).message?.text).toBe('')
    expect(restored(hardlyKnown(), takenBack, 30).message).toBeNull()
  })
})

/** Each state of a story, and an earlier one: a node remembers the first, its store fell back to the second. */
const losses = () =>
  fc.tuple(stories({ forget: false }), fc.nat(), fc.nat(), fc.boolean()).map(([story, a, b, isGone]) => {
    const scenes = tell(story)
    const last = a % Math.max(scenes.length, 1)
    const now = scenes.at(-1)?.now ?? 0
    const told = scenes[last]?.after ?? null
    // As its holder has it: what ended in time has ended for it too.
    const known = told && transition(told, { type: 'advance' }, now, story.policy, SELF).record
    const standing = isGone ? null : (scenes[b % (last + 1)]?.after ?? null)
    return { policy: story.policy, known, standing, now }
  })

describe('laws of restoring', () => {
  const check = (
    law: (
      standing: UserRecord | null,
      known: UserRecord,
      after: UserRecord,
      again: (r: UserRecord) => UserRecord,
    ) => void,
  ) =>
    fc.assert(
      fc.property(losses(), ({ policy, known, standing, now }) => {
        if (known === null) return
        const event: PresenceEvent = { type: 'restore', at: now, record: known }
        const again = (record: UserRecord | null) => transition(record, event, now, policy, SELF).record
        const after = again(standing)
        if (after !== null) law(standing, known, after, (record) => again(record) as UserRecord)
      }),
      { numRuns: 500 },
    )

  it('once more changes nothing', () => {
    check((_standing, _known, after, again) => expectSame(again(after), after))
  })

  it('no stamp falls, of what stood or of what was known', () => {
    check((standing, known, after) => {
      for (const stamp of ['lastSeenAt', 'lastActiveAt', 'signedOutAt', 'epoch'] as const) {
        expect(after[stamp]).toBeGreaterThanOrEqual(Math.max(known[stamp], standing?.[stamp] ?? 0))
      }
    })
  })

  it('nothing stands that either side ended on purpose', () => {
    check((standing, known, after) => {
      for (const { id, sessionId, openedAt } of after.connections) {
        for (const side of [standing, known]) {
          expect(openedAt).toBeGreaterThanOrEqual(side?.signedOutAt ?? 0)
          const marks = side?.ended ?? []
          expect(marks.some((mark) => mark.kind === 'connection' && mark.id === id)).toBe(false)
          expect(marks.some((mark) => mark.kind === 'session' && mark.id === sessionId && openedAt < mark.at)).toBe(
            false,
          )
        }
      }
    })
  })

  it('no claim or message is older than the one that stood', () => {
    check((standing, _known, after) => {
      for (const { source, at } of standing?.claims ?? []) {
        expect(after.claims.find((claim) => claim.source === source)?.at ?? at).toBeGreaterThanOrEqual(at)
      }
      expect(after.message?.at ?? 0).toBeGreaterThanOrEqual(standing?.message?.at ?? 0)
    })
  })
})

describe('a restored user', () => {
  it('is present again once the holder announces, under the claim that stood', () => {
    const known = recordOf(history().at(0).open('tab').at(10).claim('dnd'))
    const told = history()
      .at(0)
      .lastSeenTo('admins')
      .at(20)
      .send({ type: 'restore', at: sec(20), record: known })
    expect(told.status).toBe('offline')
    told.announce(heldConnection('tab', sec(0)))
    expect(told.status).toBe('dnd')
  })

  it('was never input: who opens later than the loss finds what was said before it', () => {
    const known = recordOf(history().at(0).message('lunch'))
    const at = sec(20)
    const told = history().at(20).send({ type: 'restore', at, record: known }).send(openEvent(at, 'tab'))
    told.send({ type: 'claim', at, claim: claimRequest('busy') })
    expect(told.others).toMatchObject({ status: 'busy', message: { text: 'lunch' } })
  })
})

it('a lost connection whose place another took is not put beside it by a restore', () => {
  const base = () => history().at(0).open('old', { token: 'T', page: 'p' })
  const known = recordOf(base().at(5).lost('old'))
  const standing = recordOf(base().at(6).open('new', { resumes: 'T', token: 'U', page: 'p' }))
  expect(standing.connections.map(({ id }) => id)).toEqual(['new'])
  expect(restored(standing, known, 7).connections.map(({ id }) => id)).toEqual(['new'])
})

it('whose last seen is for admins only stays so, though they are found to be invisible by a restore', () => {
  const known = recordOf(history().at(0).open('tab').at(10).lastSeenTo('admins').claim('invisible'))
  const standing = recordOf(history().at(20).open('other'))
  const back = restored(standing, known, 30)
  expect(viewOf(back, 'ada', 'others')).toMatchObject({ status: 'offline', lastSeenAt: null })
})
