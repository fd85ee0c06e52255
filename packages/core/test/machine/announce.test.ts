import { describe, expect, it } from 'vitest'
import { heldConnection } from './events.ts'
import { history, MINUTE, sec } from './history.ts'

const tab = heldConnection('tab', sec(0))
const opened = () => history().at(0).open('tab')

describe('an announcement', () => {
  it('brings back what the store has lost, phase and last input included, and is not input', () => {
    const ada = history()
      .at(400)
      .announce({ ...tab, phase: 'idle', inputAt: sec(50) })
    expect(ada.others).toMatchObject({ status: 'away', statusSince: sec(400) })
    expect(ada.self.lastActiveAt).toBe(sec(50))
    expect(ada.causes).toEqual(['connect'])
  })

  it('of what stands changes nothing', () => {
    expect(opened().at(10).announce(tab).verdict).toBe('unchanged')
  })

  it('brings back what a sweep removed wrongly', () => {
    const ada = opened().at(10).nodeLost('n1').at(30).advance()
    expect(ada.status).toBe('offline')
    expect(ada.at(40).announce({ ...tab, nodeId: 'n1-again' }).status).toBe('online')
  })

  it('brings back what a sweep has given up, in time for nobody to notice', () => {
    const ada = opened()
      .at(10)
      .nodeLost('n1')
      .at(20)
      .announce({ ...tab, nodeId: 'n1-again' })
    expect(ada.changes).toMatchObject([{ visibleTo: 'self' }])
    expect(ada.at(60).advance().others.statusSince).toBe(sec(0))
  })

  it('from before the sweep, by the node that was swept, brings nothing back', () => {
    const ada = opened().at(10).nodeLost('n1').at(20).lately(5).announce(tab)
    expect(ada.connection('tab').lost).not.toBeNull()
  })

  it.each(['lost', 'hint', 'drain'] as const)('does not bring back what was lost by %s: only a resume does', (loss) => {
    const ada = opened().at(10)[loss]('tab').at(12).announce(tab)
    expect(ada.connection('tab').lost).toMatchObject({ cause: loss })
  })

  it('carries the loss its holder noticed, with the first deadline', () => {
    const lost = { cause: 'lost', at: sec(10), until: sec(25) } as const
    const ada = opened()
      .at(12)
      .announce({ ...tab, lost })
    expect(ada.wakesAt).toBe(25)
    expect(ada.at(25).advance().self).toMatchObject({ status: 'offline', lastSeenAt: sec(10), statusSince: sec(25) })
  })

  it('of a connection whose grace is over opens nothing', () => {
    const ada = opened().at(10).lost('tab').at(25).advance()
    const lost = { cause: 'lost', at: sec(10), until: sec(25) } as const
    expect(ada.at(30).announce({ ...tab, lost }).verdict).toBe('unchanged')
    expect(ada.lately(12).announce({ ...tab, lost }).verdict).toBe('unchanged')
    expect(ada.others.statusSince).toBe(sec(25))
  })

  it('carries spaces and states', () => {
    const ada = opened()
      .at(10)
      .announce({ ...tab, spaces: [{ space: 'doc', state: 1, at: sec(9) }] })
    expect(ada.others.spaces).toEqual([{ space: 'doc', state: 1 }])
  })

  it('leaves newer input of other nodes standing', () => {
    const ada = opened()
      .at(310)
      .touch('session-tab')
      .at(311)
      .announce({ ...tab, phase: 'idle', inputAt: sec(5) })
    expect(ada.connection('tab')).toMatchObject({ phase: 'active', inputAt: sec(310) })
  })

  it('of a phase that has passed since changes nothing, for without input a connection only falls quiet', () => {
    const ada = opened().at(400).advance().announce(tab)
    expect(ada.changes).toEqual([])
    expect(ada.others).toMatchObject({ status: 'away', statusSince: sec(300) })
  })

  it('of a phase that others have not heard of brings it', () => {
    expect(
      opened()
        .at(400)
        .on('n2')
        .announce({ ...tab, phase: 'idle' }).status,
    ).toBe('away')
    expect(
      opened()
        .at(400)
        .idle('tab')
        .announce({ ...tab, inputAt: sec(399) }).status,
    ).toBe('online')
  })

  it('takes over under the new id of its node', () => {
    const ada = opened()
      .at(40)
      .announce({ ...tab, nodeId: 'n1-again' })
    expect(ada.changes).toEqual([])
    expect(ada.connection('tab').nodeId).toBe('n1-again')
  })

  it('is never a second connection beside the one it replaced', () => {
    const ada = opened()
      .at(20)
      .announce(heldConnection('new', sec(15), { nodeId: 'n2', replaces: ['tab'] }))
    expect(ada.record?.connections.map(({ id }) => id)).toEqual(['new'])
  })

  it('of a connection that was resumed elsewhere is refused', () => {
    const ada = history().at(0).open('tab', { token: 'T' }).at(5).open('new', { resumes: 'T' }).at(10).announce(tab)
    expect(ada.verdict).toBe('ended')
  })

  it('restores bound claims in the same step', () => {
    const bound = {
      source: 'call',
      status: 'busy',
      priority: 80,
      until: null,
      connectionId: 'tab',
      since: sec(5),
      at: sec(5),
    } as const
    const ada = history().at(20).announce(tab, [bound])
    expect(ada.others).toMatchObject({ status: 'busy', statusSince: sec(20) })
    expect(ada.at(90 * MINUTE).advance().status).toBe('busy')
  })

  it('restores a bound claim that died with the connection, and none that was replaced or is over', () => {
    const ada = opened().at(5).claim('busy', { source: 'call', on: 'tab' }).claim('dnd', { source: 'app', on: 'tab' })
    const [call, app] = ada.record?.claims ?? []
    if (call === undefined || app === undefined) throw new Error('both claims stand')
    ada.at(10).nodeLost('n1').at(30).clear('app').at(40)
    ada.announce({ ...tab, nodeId: 'n2' }, [call, app, { ...call, source: 'other', until: sec(39) }])
    expect(ada.self.claims).toMatchObject([{ source: 'call', connectionId: 'tab' }])
  })
})

describe('deliberate ends stay ended', () => {
  it.each(['leave', 'kick', 'sign-out'] as const)('after %s: for connects and announcements of the id', (end) => {
    const ada = opened().at(10)
    if (end === 'leave') ada.leave('tab')
    else if (end === 'kick') ada.kick('tab')
    else ada.signOut()
    expect(ada.at(20).announce(tab).verdict).toBe('ended')
    expect(ada.lately(0).open('tab').verdict).toBe('ended')
    expect(ada.status).toBe('offline')
  })

  it('for what opened before the user signed out, though it arrives later', () => {
    const ada = opened().at(10).signOut().at(20)
    expect(ada.lately(9).open('late').verdict).toBe('ended')
    expect(ada.lately(9).touch('late').verdict).toBe('ended')
    expect(ada.announce(heldConnection('late', sec(9))).verdict).toBe('ended')
    expect(ada.at(20).open('new').verdict).toBe('applied')
  })

  it('for what opened before its session was signed out, and for no other session', () => {
    const ada = opened().at(10).signOut('session-late').at(20)
    expect(ada.lately(9).open('late').verdict).toBe('ended')
    expect(ada.lately(9).touch('session-late').verdict).toBe('ended')
    expect(ada.lately(9).open('other').verdict).toBe('applied')
    expect(ada.at(20).open('late').verdict).toBe('applied')
  })

  it('also for a user nobody knew', () => {
    expect(history().at(10).signOut().at(20).lately(5).open('tab').verdict).toBe('ended')
    expect(history().at(10).signOut('session-tab').at(20).lately(5).open('tab').verdict).toBe('ended')
  })

  it('also for the ids a connection had before it was resumed', () => {
    const ada = history().at(0).open('tab', { token: 'T' }).at(5).open('new', { resumes: 'T' }).at(10).leave('new')
    expect(ada.at(20).announce(tab).verdict).toBe('ended')
  })

  it('for every connection a kick named, swept as it may be', () => {
    const ada = opened().open('other', { node: 'n2' }).at(10).nodeLost('n1').at(30).kick('tab', 'other')
    expect(ada.at(40).announce({ ...tab, nodeId: 'n3' }).verdict).toBe('ended')
  })

  it('for 10 minutes', () => {
    const ada = opened()
      .at(10)
      .leave('tab')
      .at(10 + 10 * MINUTE)
      .open('other')
    expect(ada.record?.ended).toEqual([])
  })

  it('for every connection that one kick ends, however many ids they had', () => {
    const ada = history({ maxConnections: 100 }).at(0)
    for (let i = 0; i < 80; i++) ada.open(`c${i}`)
    ada.at(10).kick()
    expect(ada.at(20).announce(heldConnection('c0', sec(0))).verdict).toBe('ended')
  })

  it('for every connection of a session, the session itself included', () => {
    const ada = history({ maxConnections: 100 }).at(0)
    for (let i = 0; i < 80; i++) ada.open(`c${i}`, { session: 's' })
    ada.at(10).signOut('s').at(20)
    expect(ada.announce(heldConnection('c0', sec(0))).verdict).toBe('ended')
    expect(ada.lately(5).open('c80', { session: 's' }).verdict).toBe('ended')
  })

  it('in a record that stays small: old marks give way to new ones', () => {
    const ada = history().at(0)
    for (let i = 0; i < 100; i++) ada.at(i).open(`c${i}`).leave(`c${i}`)
    expect(ada.record?.ended).toHaveLength(64)
    expect(ada.record?.ended.at(-1)?.id).toBe('c99')
  })
})
