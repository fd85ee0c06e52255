import { describe, expect, it } from 'vitest'
import { heldConnection } from './events.ts'
import { HOUR, history, MINUTE, sec } from './history.ts'

const online = () => history().at(0).open('tab')

describe('a claim', () => {
  it('overlays the automatic status from its instant on', () => {
    const ada = online().at(10).claim('dnd')
    expect(ada.others).toMatchObject({ status: 'dnd', statusSince: sec(10) })
    expect(ada.changes).toEqual([
      { cause: 'claim', at: sec(10), nodeId: 'n1', connectionId: null, visibleTo: 'everyone' },
    ])
  })

  it('outlives connections, and overlays again when the user comes back', () => {
    const ada = online().claim('busy').at(10).leave('tab')
    expect(ada.status).toBe('offline')
    expect(ada.at(20).open('other').status).toBe('busy')
  })

  it('is kept for a user who was never there', () => {
    const ada = history().at(0).claim('dnd')
    expect(ada.others.status).toBe('offline')
    expect(ada.at(10).open('tab').status).toBe('dnd')
  })

  it('hands over to the next one when it is cleared', () => {
    const ada = online().claim('busy', { source: 'calendar', priority: 40 }).claim('dnd').at(10).clear()
    expect(ada.others).toMatchObject({ status: 'busy', statusSince: sec(10) })
    expect(ada.at(20).clear('calendar').status).toBe('online')
  })

  it('ends by itself at `until`, with that instant as the stamp', () => {
    const ada = online()
      .at(1)
      .claim('dnd', { until: sec(60) })
    expect(ada.wakesAt).toBe(60)
    expect(ada.at(59.999).advance().status).toBe('dnd')
    expect(ada.at(120).advance().others).toMatchObject({ status: 'online', statusSince: sec(60) })
    expect(ada.causes).toEqual(['claim-expired'])
  })

  it('is not ended by input', () => {
    expect(online().claim('dnd').at(10).input('tab').status).toBe('dnd')
  })

  it('replaces the one of the same source', () => {
    const ada = online().claim('dnd').at(1).claim('busy', { priority: 5 })
    expect(ada.status).toBe('busy')
    expect(ada.self.claims).toHaveLength(1)
  })

  it('that stands changes nothing when repeated, not even its age', () => {
    const ada = online()
      .at(1)
      .claim('dnd', { source: 'a' })
      .at(2)
      .claim('busy', { source: 'b' })
      .at(3)
      .claim('dnd', { source: 'a' })
    expect(ada.changes).toEqual([])
    expect(ada.others).toMatchObject({ status: 'busy', statusSince: sec(2) })
  })

  it.each([
    ['until', { until: sec(500) }],
    ['priority', { priority: 61 }],
  ])('repeated with another %s is a new statement', (_, options) => {
    const ada = online().at(1).claim('dnd').at(2).claim('dnd', options)
    expect(ada.changes.map(({ visibleTo }) => visibleTo)).toEqual(['self'])
    expect(ada.self.claims).toMatchObject([options])
  })
})

describe('the last word on a source', () => {
  it('wins by its time, not by its arrival', () => {
    const ada = online().at(20).claim('busy').at(30).lately(10).claim('dnd')
    expect(ada.verdict).toBe('unchanged')
    expect(ada.status).toBe('busy')
  })

  it('is the later arrival of two at one instant', () => {
    expect(online().at(10).claim('busy').claim('dnd').status).toBe('dnd')
    expect(online().at(10).claim('busy').clear().claim('dnd').status).toBe('dnd')
    expect(online().at(10).claim('busy').clear().status).toBe('online')
  })

  it('is a clear, against a set from before it that arrives later', () => {
    expect(online().at(20).clear().at(30).lately(10).claim('dnd').status).toBe('online')
    expect(online().at(5).claim('busy').at(20).clear().at(30).lately(10).claim('dnd').status).toBe('online')
  })

  it('is a set, against a clear from before it that arrives later', () => {
    const ada = online().at(20).claim('dnd').at(30).lately(10).clear()
    expect(ada.verdict).toBe('unchanged')
    expect(ada.status).toBe('dnd')
  })

  it('is the repetition, which a clear from before it does not undo', () => {
    expect(online().at(10).claim('dnd').at(30).claim('dnd').lately(20).clear().status).toBe('dnd')
  })

  it('leaves its stamp for as long as ends are remembered', () => {
    const ada = online().at(10).claim('dnd').at(20).clear()
    expect(ada.record?.claims).toMatchObject([{ status: null, at: sec(20) }])
    expect(ada.self.claims).toEqual([])
    expect(ada.at(20 + 10 * MINUTE).input('tab').record?.claims).toEqual([])
  })

  it('is counted from the instant of the operation, also when the claim expired since', () => {
    const ada = online()
      .at(10)
      .claim('dnd', { until: sec(100) })
      .at(150)
      .lately(50)
      .claim('busy', { until: sec(500) })
    expect(ada.status).toBe('busy')
  })
})

describe('a claim that was over before it arrived', () => {
  it('changes nothing that anybody sees', () => {
    const ada = online()
      .at(299)
      .lately(110)
      .claim('dnd', { until: sec(200) })
    expect(ada.changes).toEqual([])
    expect(ada.others).toMatchObject({ status: 'online', statusSince: sec(0) })
  })

  it('changes nothing either when it would have hidden the user', () => {
    const ada = online()
      .at(299)
      .lately(110)
      .claim('invisible', { until: sec(200) })
    expect(ada.changes).toEqual([])
    expect(ada.others).toMatchObject({ status: 'online', statusSince: sec(0) })
  })

  it('ends the one that stood before it', () => {
    const ada = online()
      .at(10)
      .claim('busy')
      .at(250)
      .lately(100)
      .claim('dnd', { until: sec(200) })
    expect(ada.status).toBe('online')
  })

  it('keeps an older one from coming back', () => {
    const ada = online()
      .at(250)
      .lately(100)
      .claim('dnd', { until: sec(200) })
      .lately(50)
      .claim('busy')
    expect(ada.verdict).toBe('unchanged')
    expect(ada.status).toBe('online')
  })

  it('changes nothing when it is only delivered again', () => {
    const ada = online()
      .at(10)
      .claim('dnd', { until: sec(100) })
      .at(150)
      .advance()
    const before = ada.others
    expect(ada.lately(10).claim('dnd', { until: sec(100) }).verdict).toBe('unchanged')
    expect(ada.others).toEqual(before)
  })
})

describe('a bound claim', () => {
  const inCall = () => online().at(10).claim('busy', { source: 'call', priority: 80, on: 'tab' })

  it.each(['leave', 'kick', 'sign-out', 'lost', 'hint', 'drain'] as const)('dies with its connection on %s', (end) => {
    const ada = inCall()
      .open('other')
      .at(20)
      .send(
        end === 'kick'
          ? { type: end, at: sec(20), connectionIds: ['tab'] }
          : end === 'sign-out'
            ? { type: end, at: sec(20), sessionId: 'session-tab' }
            : { type: end, at: sec(20), connectionId: 'tab' },
      )
    expect(ada.at(90).advance().others).toMatchObject({ status: 'online' })
    expect(ada.self.claims).toEqual([])
  })

  it('stays while its connection is only lost', () => {
    expect(inCall().at(20).lost('tab').at(34).advance().status).toBe('busy')
  })

  it('keeps its connection from turning dormant, not from turning idle', () => {
    const ada = inCall()
      .at(2 * HOUR)
      .advance()
    expect(ada.connection('tab').phase).toBe('idle')
    expect(ada.status).toBe('busy')
  })

  it('keeps no other connection from turning dormant', () => {
    const ada = inCall()
      .open('other')
      .at(2 * HOUR)
      .advance()
    expect(ada.connection('other').phase).toBe('dormant')
  })

  it('lets the dormancy clock start anew when it is cleared', () => {
    const ada = inCall().at(HOUR).clear('call')
    expect(ada.status).toBe('away')
    expect(ada.wakesAt).toBe(HOUR + 30 * MINUTE)
    expect(ada.at(2 * HOUR).advance().self).toMatchObject({ status: 'offline', statusSince: sec(HOUR + 30 * MINUTE) })
  })

  it('lets the dormancy clock start anew when it expires', () => {
    const ada = online()
      .at(10)
      .claim('busy', { on: 'tab', until: sec(HOUR) })
      .at(HOUR)
      .advance()
    expect(ada.status).toBe('away')
    expect(ada.wakesAt).toBe(HOUR + 30 * MINUTE)
  })

  it('lets the dormancy clock start anew when it is bound to another connection', () => {
    const ada = inCall().open('other').at(HOUR).claim('busy', { source: 'call', on: 'other' })
    expect(ada.connection('tab').quietFrom).toBe(sec(HOUR))
  })

  it('does not let it start anew while another bound claim stands', () => {
    const ada = inCall().claim('dnd', { on: 'tab' }).at(HOUR).clear('call')
    expect(ada.at(3 * HOUR).advance().status).toBe('dnd')
  })

  it('is refused on a connection that is not there', () => {
    expect(online().claim('busy', { on: 'other' }).verdict).toBe('unbindable')
  })

  it('is refused if invisible', () => {
    const ada = online().claim('invisible', { on: 'tab' })
    expect(ada.verdict).toBe('unbindable')
    expect(ada.others.status).toBe('online')
  })

  it('does not return with a redelivery after its connection is gone', () => {
    const ada = inCall()
      .at(20)
      .leave('tab')
      .open('other')
      .lately(10)
      .claim('busy', { source: 'call', priority: 80, on: 'tab' })
    expect(ada.verdict).toBe('unbindable')
  })

  it('does not return with a redelivery after its connection was announced again', () => {
    const ada = inCall().at(20).nodeLost('n1').at(40).advance()
    ada.at(50).announce(heldConnection('tab', sec(0), { nodeId: 'n2' }))
    expect(ada.lately(10).claim('busy', { source: 'call', priority: 80, on: 'tab' }).verdict).toBe('unchanged')
    expect(ada.at(60).claim('busy', { source: 'call', priority: 80, on: 'tab' }).status).toBe('busy')
  })

  it('that died is no newer than its own operation', () => {
    const ada = inCall().open('other').at(30).leave('tab').lately(20).claim('dnd', { source: 'call' })
    expect(ada.status).toBe('dnd')
  })
})

describe('a status message', () => {
  it('is separate from the status, and survives disconnects', () => {
    const ada = online().at(1).message('In Lisbon', { emoji: '🌞' }).at(2).leave('tab')
    expect(ada.others).toMatchObject({ status: 'offline', message: { text: 'In Lisbon', emoji: '🌞', until: null } })
  })

  it('ends at `until`', () => {
    const ada = online().message('Lunch', { until: sec(60) })
    expect(ada.wakesAt).toBe(60)
    expect(ada.at(60).advance().others.message).toBeNull()
    expect(ada.changes.map(({ cause, at }) => [cause, at])).toEqual([['message', sec(60)]])
  })

  it('does not touch status stamps', () => {
    const ada = online().at(10).message('Lunch')
    expect(ada.others.statusSince).toBe(sec(0))
    expect(ada.changes).toMatchObject([{ cause: 'message', visibleTo: 'everyone' }])
  })

  it('is cleared by null', () => {
    expect(online().message('Lunch').at(1).message(null).others.message).toBeNull()
  })

  it('is the newest one by time, not by arrival', () => {
    const ada = online().at(20).message('new').at(30).lately(10).message('old')
    expect(ada.verdict).toBe('unchanged')
    expect(ada.others.message?.text).toBe('new')
  })

  it.each([
    ['after another one', () => online().at(10).message('first')],
    ['where there was none', () => online()],
  ])('that was cleared %s is not brought back by an older one', (_, before) => {
    expect(before().at(30).message(null).at(40).lately(20).message('late').others.message).toBeNull()
  })

  it('that is repeated changes nothing', () => {
    expect(online().at(1).message('Lunch').at(2).message('Lunch').changes).toEqual([])
    expect(online().at(1).message('Lunch').again().verdict).toBe('unchanged')
    expect(online().at(1).message(null).again().verdict).toBe('unchanged')
  })

  it('that was over before it arrived is never shown', () => {
    const ada = online()
      .at(299)
      .lately(100)
      .message('Lunch', { until: sec(200) })
    expect(ada.changes).toEqual([])
    expect(ada.at(301).advance().others.message).toBeNull()
  })
})

describe('lastSeenTo', () => {
  const gone = () => online().at(10).leave('tab')

  it('blanks lastSeenAt for others, not for the user', () => {
    const ada = gone().lastSeenTo('admins')
    expect(ada.others.lastSeenAt).toBeNull()
    expect(ada.self).toMatchObject({ lastSeenAt: sec(10), lastSeenTo: 'admins' })
    expect(ada.at(20).lastSeenTo('everyone').others.lastSeenAt).toBe(sec(10))
  })

  it('is a change to others only where they saw a stamp', () => {
    expect(gone().lastSeenTo('admins').changes).toMatchObject([{ cause: 'audience', visibleTo: 'everyone' }])
    expect(online().lastSeenTo('admins').changes).toMatchObject([{ cause: 'audience', visibleTo: 'self' }])
  })

  it('that was said is unchanged when it is said of the same instant again, and nothing to see when it stood already', () => {
    expect(gone().lastSeenTo('everyone').changes).toEqual([])
    expect(gone().lastSeenTo('everyone').lastSeenTo('everyone').verdict).toBe('unchanged')
  })

  it('is the last word, whenever it arrives; of two of one instant the more private one', () => {
    const ada = gone().at(30).lastSeenTo('admins')
    expect(ada.lately(20).lastSeenTo('everyone').self.lastSeenTo).toBe('admins')
    expect(ada.lately(30).lastSeenTo('everyone').self.lastSeenTo).toBe('admins')
    expect(ada.at(31).lastSeenTo('everyone').self.lastSeenTo).toBe('everyone')
    expect(gone().at(30).lastSeenTo('everyone').lastSeenTo('admins').self.lastSeenTo).toBe('admins')
    expect(gone().at(30).lastSeenTo('everyone').lately(20).lastSeenTo('admins').self.lastSeenTo).toBe('everyone')
  })

  it('is kept for a user who was never there', () => {
    const ada = history().at(0).lastSeenTo('admins').at(1).open('tab').at(2).leave('tab')
    expect(ada.others.lastSeenAt).toBeNull()
  })
})
