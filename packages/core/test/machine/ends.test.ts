import { describe, expect, it } from 'vitest'
import { heldConnection } from './events.ts'
import { history, sec } from './history.ts'

const online = () => history().at(0).open('tab')

/** Every row of the table of ends, for a user whose only connection it is. */
const ENDS = [
  { end: 'leave', happens: () => online().at(100).leave('tab'), at: 100, seen: 100, cause: 'leave' },
  { end: 'sign-out', happens: () => online().at(100).signOut(), at: 100, seen: 100, cause: 'sign-out' },
  {
    end: 'sign-out of the session',
    happens: () => online().at(100).signOut('session-tab'),
    at: 100,
    seen: 100,
    cause: 'sign-out',
  },
  { end: 'kick', happens: () => online().at(100).kick('tab'), at: 100, seen: 100, cause: 'kick' },
  { end: 'kick of all', happens: () => online().at(100).kick(), at: 100, seen: 100, cause: 'kick' },
  { end: 'hint', happens: () => online().at(100).hint('tab'), at: 110, seen: 100, cause: 'hint' },
  { end: 'loss', happens: () => online().at(100).lost('tab'), at: 115, seen: 100, cause: 'lost' },
  { end: 'drain', happens: () => online().at(100).drain('tab'), at: 160, seen: 100, cause: 'drain' },
  { end: 'death of the node', happens: () => online().at(100).nodeLost('n1'), at: 115, seen: 100, cause: 'node-lost' },
  {
    end: 'end of the lease',
    happens: () => history().at(0).touch('s').at(10).beat('s-leased'),
    at: 100,
    seen: 10,
    cause: 'lease-expired',
  },
  {
    end: 'hint to a leased one',
    happens: () => history().at(0).touch('s').at(50).hint('s-leased'),
    at: 60,
    seen: 50,
    cause: 'hint',
  },
] as const

describe.each(ENDS)('the end by $end', ({ happens, at, seen, cause }) => {
  it('shows the user offline at its deadline and no sooner', () => {
    const ada = happens()
    if (ada.status !== 'offline') expect(ada.at(at - 0.001).advance().status).toBe('online')
    expect(ada.at(at).advance().status).toBe('offline')
  })

  it('stamps the status with the deadline and the user with the last sign of life, however late it is processed', () => {
    const ada = happens().at(5000).advance()
    expect(ada.self).toMatchObject({ statusSince: sec(at), lastSeenAt: sec(seen) })
  })

  it('carries its cause', () => {
    const ada = happens().at(at).advance()
    expect(ada.self.cause).toMatchObject({ cause, at: sec(at) })
  })

  it('leaves no connection', () => {
    expect(happens().at(at).advance().record?.connections).toEqual([])
  })
})

describe('a deliberate end', () => {
  it('is at once, in one change, in the name of who processed it', () => {
    const ada = online().on('n2').at(10).leave('tab')
    expect(ada.changes).toEqual([
      { cause: 'leave', at: sec(10), nodeId: 'n2', connectionId: 'tab', visibleTo: 'everyone' },
    ])
  })

  it('ends a lost connection before its grace', () => {
    expect(online().at(10).lost('tab').at(12).leave('tab').others).toMatchObject({
      status: 'offline',
      statusSince: sec(12),
    })
  })

  it('marks the id, and who ended it', () => {
    expect(online().at(10).leave('tab').record?.ended).toEqual([
      { kind: 'connection', id: 'tab', by: 'leave', at: sec(10), until: sec(610) },
    ])
  })

  it('of one connection leaves the others alone', () => {
    const ada = online().open('phone').at(10).leave('tab')
    expect(ada.status).toBe('online')
    expect(ada.record?.connections.map(({ id }) => id)).toEqual(['phone'])
  })

  it('is no sign of life of a connection that was dormant', () => {
    const ada = online().at(2000).leave('tab')
    expect(ada.self).toMatchObject({ lastSeenAt: sec(1800), statusSince: sec(1800) })
  })

  it('that happened before it is processed ends the connection then', () => {
    const ada = online().at(500).lately(100).leave('tab')
    expect(ada.others).toMatchObject({ status: 'offline', statusSince: sec(100), lastSeenAt: sec(100) })
    expect(ada.causes).toEqual(['leave'])
  })
})

describe('leave', () => {
  it('of a connection that is not there changes nothing', () => {
    const ada = online().at(10).leave('other')
    expect(ada.verdict).toBe('no-connection')
    expect(ada.changes).toEqual([])
    expect(history().at(0).leave('tab').record).toBeNull()
  })
})

describe('sign-out', () => {
  it('of a session ends its connections, held, leased and lost', () => {
    const ada = history().at(0).open('a', { session: 's' }).open('b', { session: 's' }).lost('b').open('c').touch('t')
    expect(
      ada
        .at(10)
        .signOut('s')
        .record?.connections.map(({ id }) => id),
    ).toEqual(['c', 't-leased'])
    expect(
      ada
        .at(20)
        .signOut('t')
        .record?.connections.map(({ id }) => id),
    ).toEqual(['c'])
  })

  it('of the user ends all of them', () => {
    const ada = online().open('b').touch('t').at(10).signOut()
    expect(ada.record).toMatchObject({ connections: [], signedOutAt: sec(10), status: 'offline' })
  })

  it('spares what opened after it, when it arrives later', () => {
    const ada = online().at(20).open('new').at(30).lately(10).signOut()
    expect(ada.record?.connections.map(({ id }) => id)).toEqual(['new'])
  })

  it('is known: again, or an older one, changes nothing', () => {
    expect(online().at(10).signOut().again().verdict).toBe('unchanged')
    expect(online().at(10).signOut('session-tab').again().verdict).toBe('unchanged')
    expect(online().at(10).signOut().at(20).lately(5).signOut().verdict).toBe('unchanged')
  })
})

describe('kick', () => {
  it('ends the named connections', () => {
    const ada = online().open('b').open('c').at(10).kick('tab', 'c')
    expect(ada.record?.connections.map(({ id }) => id)).toEqual(['b'])
  })

  it('of all spares what opened after it, when it arrives later', () => {
    const ada = online().at(20).open('new').at(30).lately(10).kick()
    expect(ada.record?.connections.map(({ id }) => id)).toEqual(['new'])
  })

  it('of all is known: again, or an older one, changes nothing', () => {
    expect(online().at(10).kick().again().verdict).toBe('unchanged')
    expect(online().at(10).kick().at(20).open('new').lately(5).kick().verdict).toBe('unchanged')
  })

  it('of all ends what opened before it and arrives later', () => {
    expect(online().at(10).kick().at(20).lately(5).open('late').verdict).toBe('ended')
  })

  it('of a named one ends it though the clock of who names it is behind', () => {
    expect(history().at(10).open('tab').at(10.5).lately(9.9).kick('tab').status).toBe('offline')
  })

  it('of one that a sweep removed wrongly keeps its holder from announcing it', () => {
    const ada = online().at(10).kick('swept')
    expect(ada.verdict).toBe('applied')
    expect(ada.status).toBe('online')
    expect(ada.at(11).lately(5).open('swept').verdict).toBe('ended')
    expect(ada.at(12).kick('swept').verdict).toBe('no-connection')
  })

  it('of one of a user of whom a store knows nothing any more keeps its holder from announcing it', () => {
    const ada = history().at(10).kick('lost')
    expect([ada.verdict, ada.status, ada.changes]).toEqual(['applied', 'offline', []])
    ada.announce(heldConnection('lost', sec(5)))
    expect([ada.verdict, ada.status]).toEqual(['ended', 'offline'])
  })
})

describe('a loss', () => {
  it('keeps what the connection contributed, and stops its clocks', () => {
    const ada = online().at(295).drain('tab').at(340).advance()
    expect(ada.status).toBe('online')
    expect(ada.self.connections).toMatchObject([{ phase: 'lost', lostUntil: sec(355) }])
  })

  it('is seen by the user alone', () => {
    expect(online().at(10).lost('tab').changes).toMatchObject([{ cause: 'lost', visibleTo: 'self' }])
  })

  it.each([
    ['hint', 110],
    ['lost', 115],
    ['drain', 160],
  ] as const)('that came first sets the deadline: %s', (first, until) => {
    const ada = online().at(100)[first]('tab').at(105).hint('tab').lost('tab').drain('tab').nodeLost('n1')
    expect(ada.verdict).toBe('unchanged')
    expect(ada.connection('tab').lost).toEqual({ cause: first, at: sec(100), until: sec(until) })
  })

  it('of a connection that is not there changes nothing', () => {
    expect(online().at(10).lost('other').verdict).toBe('no-connection')
  })

  it('whose grace was over before it was processed ended then', () => {
    const ada = online().at(200).lately(100).lost('tab')
    expect(ada.others).toMatchObject({ status: 'offline', statusSince: sec(115), lastSeenAt: sec(100) })
  })

  it('of a dormant connection adds no sign of life', () => {
    const ada = online().at(2000).lost('tab').at(2015).advance()
    expect(ada.self.lastSeenAt).toBe(sec(1800))
  })

  it('of a leased connection is noticed life itself', () => {
    const ada = history().at(0).touch('s').at(50).hint('s-leased')
    expect(ada.record?.lastSeenAt).toBe(sec(0))
    expect(ada.at(60).advance().record?.lastSeenAt).toBe(sec(50))
  })
})

describe('the death of a node', () => {
  const shared = () => history().at(0).open('a').open('b').open('c', { node: 'n2' }).touch('s')

  it('loses what it held, and nothing else', () => {
    const ada = shared().at(10).nodeLost('n1')
    expect(ada.self.connections.map(({ phase }) => phase)).toEqual(['lost', 'lost', 'active', 'active'])
  })

  it('is quiet: the user may come back within the grace', () => {
    expect(shared().at(10).nodeLost('n1').changes).toMatchObject([{ visibleTo: 'self' }])
  })

  it('changes a user at most once, though connections of several phases end in one instant', () => {
    const ada = history().at(0).open('a').open('b').at(5).idle('b').at(10).nodeLost('n1').at(25).advance()
    expect(ada.changes).toMatchObject([{ cause: 'node-lost', at: sec(25), visibleTo: 'everyone' }])
    expect(ada.others).toMatchObject({ status: 'offline', statusSince: sec(25) })
  })

  it('found twice has the effect of once', () => {
    const ada = shared().at(10).nodeLost('n1').at(12).nodeLost('n1')
    expect(ada.verdict).toBe('unchanged')
    expect(ada.connection('a').lost?.until).toBe(sec(25))
  })
})

describe('lastSeenAt', () => {
  it('is the highest over all connections there ever were', () => {
    const ada = online().touch('s').at(50).leave('tab').at(90).advance()
    expect(ada.self).toMatchObject({ lastSeenAt: sec(50), statusSince: sec(90) })
  })

  it('does not count a dormant connection after it turned dormant', () => {
    const ada = online().at(100).open('phone').at(150).leave('phone').at(9000).lost('tab').at(9100).advance()
    expect(ada.self.lastSeenAt).toBe(sec(1800))
  })

  it('does not fall when an older end arrives later', () => {
    const ada = online().open('phone').at(100).leave('phone').at(110).lately(50).leave('tab')
    expect(ada.self).toMatchObject({ lastSeenAt: sec(100), statusSince: sec(50) })
  })
})
