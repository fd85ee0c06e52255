import { describe, expect, it } from 'vitest'
import { HOUR, history, sec } from './history.ts'

describe('a held connection', () => {
  it('makes the user online from its instant on', () => {
    const ada = history().at(5).open('tab')
    expect(ada.others).toMatchObject({ status: 'online', statusSince: sec(5), lastSeenAt: null })
    expect(ada.changes).toEqual([
      { cause: 'connect', at: sec(5), nodeId: 'n1', connectionId: 'tab', visibleTo: 'everyone' },
    ])
    expect(ada.connection('tab')).toMatchObject({ nodeId: 'n1', lease: null, openedAt: sec(5), inputAt: sec(5) })
  })

  it('that opens beside another one changes what the user sees, not what others see', () => {
    const ada = history().at(0).open('tab').at(1).open('phone')
    expect(ada.changes).toMatchObject([{ cause: 'connect', visibleTo: 'self' }])
    expect(ada.others.statusSince).toBe(sec(0))
  })

  it('is opened once: the same connect again changes nothing', () => {
    const ada = history().at(0).open('tab').at(10).lost('tab').at(11).lately(0).open('tab')
    expect(ada.verdict).toBe('unchanged')
    expect(ada.connection('tab').lost).not.toBeNull()
  })

  it('that opened before it was processed opened then', () => {
    const ada = history().at(400).lately(10).open('tab')
    expect(ada.others).toMatchObject({ status: 'away', statusSince: sec(310) })
  })

  it('gives the user the spaces it was granted', () => {
    expect(history().at(0).open('tab').record?.grants).toEqual(['default'])
  })
})

describe('the limit of connections', () => {
  const full = () => history({ maxConnections: 2 }).at(0).open('a').touch('s')

  it('refuses the new one', () => {
    expect(full().open('c').verdict).toBe('limit')
    expect(full().touch('other').verdict).toBe('limit')
  })

  it('does not count lost ones', () => {
    expect(full().lost('a').open('c').verdict).toBe('applied')
  })

  it('does not keep a held connection from replacing the leased one of its session', () => {
    expect(full().open('c', { session: 's' }).verdict).toBe('applied')
  })

  it('does not keep a page from resuming', () => {
    const ada = history({ maxConnections: 1 }).at(0).open('a', { token: 'T' }).open('b', { resumes: 'T' })
    expect(ada.verdict).toBe('applied')
  })
})

describe('touch', () => {
  it('opens one leased connection for a session without a held one', () => {
    const ada = history()
      .at(0)
      .touch('s', { spaces: ['news'] })
    expect(ada.status).toBe('online')
    expect(ada.causes).toEqual(['connect'])
    expect(ada.connection('s-leased')).toMatchObject({ nodeId: null, lease: { beatAt: sec(0), until: sec(90) } })
    expect(ada.others.spaces).toEqual([{ space: 'news', state: null }])
  })

  it('refreshes the one it opened, whatever id the request brings', () => {
    const ada = history().at(0).touch('s').at(30).touch('s', { id: 'another' })
    expect(ada.record?.connections).toHaveLength(1)
    expect(ada.connection('s-leased')).toMatchObject({ inputAt: sec(30), lease: { beatAt: sec(30), until: sec(120) } })
  })

  it('is activity, not a connect, once the connection is there', () => {
    const ada = history({ idleAfterMs: 20_000 }).at(0).touch('s').at(30).touch('s')
    expect(ada.changes.at(-1)).toMatchObject({ cause: 'activity', connectionId: 's-leased' })
  })

  it("is input on the session's held connection", () => {
    const ada = history().at(0).open('tab', { session: 's' }).at(400).touch('s')
    expect(ada.status).toBe('online')
    expect(ada.record?.connections).toHaveLength(1)
    expect(ada.changes.at(-1)).toMatchObject({ cause: 'activity', connectionId: 'tab' })
  })

  it('is input on the held connection that had input last', () => {
    const ada = history().at(0).open('old', { session: 's' }).at(1).open('new', { session: 's' }).at(10).touch('s')
    expect(ada.connection('old').inputAt).toBe(sec(0))
    expect(ada.connection('new').inputAt).toBe(sec(10))
  })

  it('opens a leased one while the held one is lost', () => {
    const ada = history().at(0).open('tab', { session: 's' }).at(10).lost('tab').at(12).touch('s')
    expect(ada.connection('tab').lost).not.toBeNull()
    expect(ada.at(60).advance().status).toBe('online')
  })

  it('does not concern other sessions', () => {
    expect(history().at(0).open('tab').at(1).touch('s').record?.connections).toHaveLength(2)
  })

  it('that is too old to keep a lease opens nothing', () => {
    const ada = history().at(100).lately(10).touch('s')
    expect(ada.verdict).toBe('unchanged')
    expect(ada.record).toBeNull()
  })

  it('older than the last input says nothing new, and opens nothing', () => {
    const ada = history()
      .at(0)
      .open('tab', { session: 's' })
      .at(10)
      .touch('s')
      .at(20)
      .leave('tab')
      .at(21)
      .lately(10)
      .touch('s')
    expect(ada.verdict).toBe('unchanged')
    expect(ada.status).toBe('offline')
  })

  it('that only waited for its turn opens a connection, whatever happened elsewhere meanwhile', () => {
    const ada = history().at(0).open('tab').at(10.1).lately(10.05).input('tab').lately(10).touch('s')
    expect(ada.connection('s-leased').openedAt).toBe(sec(10))
  })

  it('delivered again is no input on a connection that took its place since', () => {
    const ada = history().at(0).open('old', { session: 's', token: 'T' }).at(300).lost('old').at(305).touch('s')
    ada.at(310).open('new', { session: 's', resumes: 'T' }).leave('s-leased')
    expect(ada.status).toBe('away')
    expect(ada.at(320).lately(305).touch('s').verdict).toBe('unchanged')
    expect(ada.lately(306).touch('s').status).toBe('online')
  })

  it('delivered again after its session connected and left opens nothing', () => {
    const ada = history().at(0).touch('s').at(10).open('tab', { session: 's' }).at(20).leave('tab').lately(0).touch('s')
    expect(ada.verdict).toBe('ended')
    expect(ada.status).toBe('offline')
  })
})

describe('a leased connection', () => {
  it('lives until its own deadline', () => {
    const ada = history().at(0).touch('s')
    expect(ada.wakesAt).toBe(90)
    expect(ada.at(89.999).advance().status).toBe('online')
    expect(ada.at(90).advance().status).toBe('offline')
  })

  it('lives on with each beat, for as long as the beat declares', () => {
    const ada = history().at(0).touch('s').at(60).beat('s-leased', 130_000)
    expect(ada.wakesAt).toBe(190)
    expect(ada.at(70).beat('s-leased', 90_000).wakesAt).toBe(160)
  })

  it('is not kept active by beats: a beat proves life, not input', () => {
    const ada = history().at(0).touch('s')
    for (let seconds = 60; seconds <= 300; seconds += 60) ada.at(seconds).beat('s-leased')
    expect(ada.others).toMatchObject({ status: 'away', statusSince: sec(300) })
  })

  it('lives on with input, as long as the last beat declared', () => {
    const ada = history().at(0).touch('s', { leaseMs: 130_000 }).at(50).input('s-leased')
    expect(ada.connection('s-leased')).toMatchObject({ inputAt: sec(50), lease: { beatAt: sec(50), until: sec(180) } })
  })

  it('is not kept alive by a beat that arrives after a newer one', () => {
    const ada = history().at(0).touch('s').at(40).beat('s-leased').lately(20).beat('s-leased')
    expect(ada.verdict).toBe('unchanged')
    expect(ada.wakesAt).toBe(130)
  })

  it('keeps the lease of a beat of before its deadline that is processed after it', () => {
    const ada = history().at(0).touch('s').at(95).lately(89).beat('s-leased')
    expect(ada.changes).toEqual([])
    expect(ada.wakesAt).toBe(179)
  })

  it('turns dormant without input, whoever looks', () => {
    const ada = history({ leaseMs: 10 * HOUR })
      .at(0)
      .touch('s', { leaseMs: 36_000_000 })
      .on('n2')
      .at(1800)
      .advance()
    expect(ada.status).toBe('offline')
  })

  it.each(['beat', 'input', 'touch'] as const)('is brought back by a %s after a hint', (sign) => {
    const ada = history().at(0).touch('s').at(10).hint('s-leased').at(15)
    if (sign === 'touch') ada.touch('s')
    else ada[sign]('s-leased')
    expect(ada.connection('s-leased').lost).toBeNull()
    expect(ada.at(30).advance().status).toBe('online')
  })

  it.each(['beat', 'input', 'touch'] as const)('is not brought back by a %s from before the hint', (sign) => {
    const ada = history().at(0).touch('s').at(10).hint('s-leased').at(15).lately(5)
    if (sign === 'touch') ada.touch('s')
    else ada[sign]('s-leased')
    expect(ada.at(30).advance().status).toBe('offline')
  })

  it('is not lost by a hint from before its last beat', () => {
    const ada = history().at(0).touch('s').at(20).beat('s-leased').lately(10).hint('s-leased')
    expect(ada.verdict).toBe('unchanged')
    expect(ada.connection('s-leased').lost).toBeNull()
  })

  it('is replaced by the first held connection of its session, in one step', () => {
    const ada = history().at(0).touch('s').at(10).open('tab', { session: 's' })
    expect(ada.record?.connections.map(({ id }) => id)).toEqual(['tab'])
    expect(ada.others.statusSince).toBe(sec(0))
    expect(ada.changes).toMatchObject([{ cause: 'connect', visibleTo: 'self' }])
  })

  it('hands its bound claims and its last input to the held one that replaces it', () => {
    const ada = history().at(0).touch('s').at(20).input('s-leased').claim('busy', { on: 's-leased' })
    ada.at(30).lately(10).open('tab', { session: 's' })
    expect(ada.self.claims).toMatchObject([{ connectionId: 'tab' }])
    expect(ada.connection('tab').inputAt).toBe(sec(20))
  })

  it('leaves its last beat as a sign of life when it is replaced', () => {
    const ada = history()
      .at(0)
      .touch('s')
      .at(20)
      .beat('s-leased')
      .at(30)
      .lately(10)
      .open('tab', { session: 's' })
      .lately(11)
      .leave('tab')
    expect(ada.self.lastSeenAt).toBe(sec(20))
  })

  it('is not there for a beat that names another, or a held one', () => {
    expect(history().at(0).touch('s').beat('other').verdict).toBe('no-connection')
    expect(history().at(0).open('tab').beat('tab').verdict).toBe('no-connection')
  })
})

describe('input', () => {
  it('that is no newer than the last changes nothing', () => {
    const ada = history().at(0).open('tab').at(10).input('tab').lately(5).input('tab')
    expect(ada.verdict).toBe('unchanged')
    expect(ada.record?.lastActiveAt).toBe(sec(10))
  })

  it('of a connection that is not there is refused', () => {
    expect(history().at(0).open('tab').input('other').verdict).toBe('no-connection')
  })

  it('on an active connection is a change nobody sees', () => {
    expect(history().at(0).open('tab').at(10).input('tab').changes).toEqual([])
  })

  it('from before the idle deadline leaves no trace of idleness when it is processed after it', () => {
    const ada = history().at(0).open('tab').at(300).lately(290).input('tab')
    expect(ada.changes).toEqual([])
    expect(ada.others).toMatchObject({ status: 'online', statusSince: sec(0) })
  })

  it('that arrives after its own idleness began counts from its instant', () => {
    const ada = history().at(0).open('tab').at(700).advance().lately(200).input('tab')
    expect(ada.others).toMatchObject({ status: 'away', statusSince: sec(500) })
  })

  it('does not bring back a lost held connection', () => {
    const ada = history().at(0).open('tab').at(10).lost('tab').at(12).input('tab')
    expect(ada.verdict).toBe('unchanged')
    expect(ada.at(25).advance().status).toBe('offline')
  })

  it('from before the loss counts, and does not bring it back', () => {
    const ada = history().at(0).open('tab').at(5).idle('tab').at(10).lost('tab').at(12).lately(8).input('tab')
    expect(ada.connection('tab')).toMatchObject({ phase: 'active', inputAt: sec(8) })
    expect(ada.connection('tab').lost).not.toBeNull()
  })

  it('wakes a dormant connection to idle if the client said idle since', () => {
    const ada = history().at(0).open('tab').at(200).idle('tab').at(1900).advance().at(1901).lately(150).input('tab')
    expect(ada.others).toMatchObject({ status: 'away' })
    expect(ada.wakesAt).toBe(1950)
  })
})

describe('idle while lost', () => {
  it('counts when it was said before the loss, and not after', () => {
    const ada = history().at(0).open('tab').at(10).lost('tab').at(12).lately(8).idle('tab')
    expect(ada.status).toBe('away')
    expect(history().at(0).open('tab').at(10).lost('tab').at(12).idle('tab').verdict).toBe('unchanged')
  })
})
