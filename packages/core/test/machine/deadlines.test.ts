import { describe, expect, it } from 'vitest'
import { DEFAULT_POLICY, nextDeadline, RECORD_FORMAT, transition, wakeAt } from '../../src/machine/index.ts'
import { DAY, HOUR, history, sec } from './history.ts'

const online = () => history().at(0).open('tab')

describe('an event of a deadline’s instant', () => {
  it('comes after it', () => {
    const ada = online().at(300).input('tab')
    expect(ada.causes).toEqual(['idle', 'activity'])
    expect(ada.others).toMatchObject({ status: 'online', statusSince: sec(300) })
  })

  it('does not save a connection whose grace ends there', () => {
    const ada = history().at(0).open('old', { token: 'T' }).at(10).lost('old').at(25).open('new', { resumes: 'T' })
    expect(ada.causes).toEqual(['lost', 'connect'])
  })

  it('does not save a connection whose lease ends there', () => {
    expect(history().at(0).touch('s').at(90).beat('s-leased').verdict).toBe('no-connection')
  })
})

describe('an event from before a deadline', () => {
  it('comes before it, though both are processed later', () => {
    const ada = online().at(1000).lately(200).input('tab')
    expect(ada.changes.map(({ cause, at }) => [cause, at])).toEqual([['idle', sec(500)]])
  })

  it('that is refused leaves time to pass all the same', () => {
    const ada = online().at(1000).lately(200).leave('other')
    expect(ada.verdict).toBe('no-connection')
    expect(ada.others).toMatchObject({ status: 'away', statusSince: sec(300) })
  })
})

describe('deadlines', () => {
  it('of one instant are one change', () => {
    const ada = history().at(0).open('a').open('b').at(300).advance()
    expect(ada.changes).toMatchObject([{ cause: 'idle', visibleTo: 'everyone' }])
  })

  it('of one instant carry the cause that changed the status', () => {
    const ada = online()
      .message('soon back', { until: sec(25) })
      .at(10)
      .lost('tab')
      .at(25)
      .advance()
    expect(ada.changes).toMatchObject([{ cause: 'lost', at: sec(25) }])
    expect(ada.others).toMatchObject({ status: 'offline', message: null })
  })

  it('of one instant carry to others the cause of what others see', () => {
    const ada = online()
      .message('x', { until: sec(400) })
      .at(100)
      .input('tab')
      .claim('invisible')
      .at(400)
      .advance()
    expect(ada.changes).toMatchObject([{ cause: 'message', at: sec(400), visibleTo: 'everyone' }])
    expect(ada.self.cause).toMatchObject({ cause: 'idle' })
  })

  it('end before they rest: who leaves in the instant of idling never idled', () => {
    const ada = online().at(285).lost('tab').at(300).advance()
    expect(ada.causes).toEqual(['lost'])
  })

  it('that undo what the event did leave nothing to see', () => {
    const ada = online().open('other').at(290).input('tab').at(400).advance()
    expect(ada.lately(50).input('other').verdict).toBe('applied')
    expect(ada.connection('other').inputAt).toBe(sec(50))
    expect(ada.changes).toEqual([])
  })

  it('that undo it for others leave something to see for the user', () => {
    const ada = online()
      .claim('dnd', { until: sec(600) })
      .at(700)
      .advance()
      .lately(50)
      .input('tab')
    expect(ada.changes.map(({ cause, visibleTo }) => [cause, visibleTo])).toEqual([
      ['activity', 'self'],
      ['idle', 'self'],
    ])
  })

  it('pass one after the other, each at its own instant', () => {
    const ada = online()
      .claim('dnd', { until: sec(600) })
      .message('x', { until: sec(700) })
      .at(9000)
      .advance()
    expect(ada.changes.map(({ cause, at }) => [cause, at])).toEqual([
      ['idle', sec(300)],
      ['claim-expired', sec(600)],
      ['message', sec(700)],
      ['dormant', sec(1800)],
    ])
  })
})

describe('the holder', () => {
  it('alone decides idle and dormant of what it holds', () => {
    const ada = online().on('n2').at(9000).advance()
    expect(ada.status).toBe('online')
    expect(ada.wakesAt).toBeNull()
    expect(ada.on('n1').advance().others).toMatchObject({ status: 'offline', statusSince: sec(1800) })
  })

  it('is asked for one of its own connections, not for those of others', () => {
    const ada = online().open('other', { node: 'n2' })
    expect(
      ada
        .on('n2')
        .at(400)
        .advance()
        .self.connections.map(({ phase }) => phase),
    ).toEqual(['active', 'idle'])
  })

  it('is not needed for what outlives it', () => {
    const ada = online()
      .claim('dnd', { until: sec(50) })
      .touch('s')
      .on('n2')
    expect(ada.wakesAt).toBe(50)
    expect(ada.at(50).advance().wakesAt).toBe(90)
    expect(ada.at(90).lost('tab').wakesAt).toBe(105)
  })
})

describe('the next deadline', () => {
  it('is null for nobody', () => {
    expect(wakeAt(null, DEFAULT_POLICY, 'n1')).toBeNull()
  })

  it('is null when nothing ends by itself', () => {
    const ada = history({ idleAfterMs: null, dormantAfterMs: null }).at(0).open('tab').claim('busy').message('x')
    expect(ada.wakesAt).toBeNull()
  })

  it('names what ends and where', () => {
    const ada = online()
      .at(10)
      .claim('busy', { source: 'x' })
      .claim('dnd', { until: sec(20) })
    if (ada.record === null) throw new Error('the record stands')
    expect(nextDeadline(ada.record, DEFAULT_POLICY, 'n1')).toEqual({ kind: 'claim', at: sec(20), index: 1 })
  })

  it('is the earliest over all connections', () => {
    expect(online().at(10).open('b').at(20).lost('b').at(25).open('c').wakesAt).toBe(35)
  })
})

describe('a user without connections', () => {
  const gone = () => online().at(10).leave('tab')

  it('is forgotten after 30 days', () => {
    const ada = gone()
    expect(ada.wakesAt).toBe(10 + 30 * DAY)
    expect(ada.at(10 + 30 * DAY - 1).advance().record).not.toBeNull()
    expect(ada.at(10 + 30 * DAY).advance().record).toBeNull()
  })

  it.each([
    ['a claim', () => gone().at(100).claim('dnd')],
    ['a cleared claim', () => gone().at(100).clear()],
    ['a message', () => gone().at(100).message('x')],
  ])('is remembered for 30 days after %s', (_, happens) => {
    expect(happens().wakesAt).toBe(100 + 30 * DAY)
  })

  it('is remembered for as long, though the claim itself is no longer', () => {
    const ada = history({ dormantAfterMs: null })
      .at(0)
      .open('tab')
      .at(10)
      .leave('tab')
      .at(20 * DAY)
      .clear()
    ada.at(20 * DAY + HOUR).lastSeenTo('admins')
    expect(ada.wakesAt).toBe(50 * DAY)
  })

  it('is remembered while a claim or a message has an end to wait for', () => {
    expect(
      gone()
        .claim('dnd', { until: sec(60 * DAY) })
        .at(59 * DAY)
        .advance().self.claims,
    ).toHaveLength(1)
    expect(
      gone()
        .message('x', { until: sec(60 * DAY) })
        .at(59 * DAY)
        .advance().others.message,
    ).not.toBeNull()
  })

  it('is remembered for as long as their ends are', () => {
    const ada = history({ forgetAfterMs: 1000 }).at(0).open('tab').at(10).signOut()
    expect(ada.wakesAt).toBe(610)
    expect(history({ forgetAfterMs: 1000 }).at(10).signOut().at(20).lately(5).open('tab').verdict).toBe('ended')
  })

  it('who was never there is remembered from when they became known', () => {
    expect(history().at(5).lastSeenTo('admins').wakesAt).toBe(5 + 30 * DAY)
  })

  it('is known anew afterwards', () => {
    const ada = gone()
      .at(31 * DAY)
      .open('new')
    expect(ada.others).toMatchObject({ status: 'online', statusSince: sec(31 * DAY) })
    expect(ada.record?.lastSeenAt).toBe(0)
  })
})

describe('a user with a connection', () => {
  it('is never forgotten', () => {
    expect(
      online()
        .at(90 * DAY)
        .advance().record?.connections,
    ).toHaveLength(1)
  })
})

describe('a record of a newer format', () => {
  const newer = () => {
    const { record } = online()
    if (record === null) throw new Error('the record stands')
    return { ...record, format: RECORD_FORMAT + 1 }
  }

  it('is left as it is, whatever happens', () => {
    const record = newer()
    const event = { type: 'leave', at: sec(10), connectionId: 'tab' } as const
    const result = transition(record, event, sec(HOUR), DEFAULT_POLICY, { userId: 'ada', nodeId: 'n1' })
    expect(result).toEqual({ record, changes: [], verdict: 'unchanged' })
    expect(result.record).toBe(record)
  })

  it('has no deadline that this code would know', () => {
    expect(wakeAt(newer(), DEFAULT_POLICY, 'n1')).toBeNull()
  })
})

describe('advance', () => {
  it('before the deadline returns the very record', () => {
    const ada = online()
    const { record } = ada
    expect(ada.at(299).advance().record).toBe(record)
    expect(ada.verdict).toBe('unchanged')
  })

  it('past it is applied', () => {
    expect(online().at(300).advance().verdict).toBe('applied')
  })

  it('of nobody is nobody', () => {
    expect(history().advance().record).toBeNull()
  })
})
