import { describe, expect, it } from 'vitest'
import { history, MINUTE, sec } from './history.ts'

const opened = () =>
  history()
    .at(0)
    .open('old', { token: 'T1', spaces: ['news'] })

describe('a resume', () => {
  it('takes the old connection’s place in one step, and nobody but the user sees a change', () => {
    const ada = opened().at(10).lost('old').at(12).open('new', { resumes: 'T1', node: 'n2', token: 'T2' })
    expect(ada.record?.connections).toMatchObject([{ id: 'new', nodeId: 'n2', lost: null, replaces: ['old'] }])
    expect(ada.changes).toMatchObject([{ cause: 'resume', connectionId: 'new', visibleTo: 'self' }])
    expect(ada.at(60).advance().others).toMatchObject({ status: 'online', statusSince: sec(0) })
  })

  it('works before the loss is noticed', () => {
    const ada = opened().at(10).open('new', { resumes: 'T1' }).at(11).lost('old')
    expect(ada.verdict).toBe('no-connection')
    expect(ada.at(60).advance().status).toBe('online')
  })

  it('moves spaces with their state, last input and phase; it is not input', () => {
    const ada = opened().enter('old', 'doc', { page: 3 }).at(300).advance().at(310).open('new', { resumes: 'T1' })
    expect(ada.others).toMatchObject({ status: 'away', statusSince: sec(300) })
    expect(ada.others.spaces).toEqual([
      { space: 'news', state: null },
      { space: 'doc', state: { page: 3 } },
    ])
    expect(ada.self.lastActiveAt).toBe(sec(0))
    expect(ada.connection('new')).toMatchObject({ phase: 'idle', inputAt: sec(0), openedAt: sec(310) })
  })

  it('keeps what the client said about being idle', () => {
    const ada = opened().at(10).idle('old').at(20).open('new', { resumes: 'T1' })
    expect(ada.status).toBe('away')
    expect(ada.at(21).lately(5).input('new').status).toBe('away')
  })

  it('moves bound claims, and the dormancy clock they held', () => {
    const ada = opened().claim('busy', { on: 'old' }).at(10).open('new', { resumes: 'T1' })
    expect(ada.self.claims).toMatchObject([{ status: 'busy', connectionId: 'new' }])
    expect(ada.at(90 * MINUTE).advance().status).toBe('busy')
    expect(ada.clear().wakesAt).toBe(120 * MINUTE)
  })

  it('in time is no flap when it is processed after the grace', () => {
    const ada = opened().at(10).lost('old').at(26).lately(24).open('new', { resumes: 'T1' })
    expect(ada.changes).toMatchObject([{ cause: 'resume', visibleTo: 'self' }])
    expect(ada.others.statusSince).toBe(sec(0))
  })

  it('is a plain connect when the old connection was removed meanwhile', () => {
    const ada = opened().at(10).lost('old').at(30).open('new', { resumes: 'T1' })
    expect(ada.causes).toEqual(['lost', 'connect'])
    expect(ada.connection('new').replaces).toEqual([])
    expect(ada.others.statusSince).toBe(sec(30))
  })

  it('is a plain connect with a token nobody was issued', () => {
    const ada = opened().at(10).open('new', { resumes: 'forged' })
    expect(ada.record?.connections.map(({ id }) => id)).toEqual(['old', 'new'])
  })

  it('is a plain connect where connections have no tokens', () => {
    const ada = history().at(0).open('old').at(10).open('new', { resumes: 'T1' })
    expect(ada.record?.connections).toHaveLength(2)
  })

  it('leaves the leased connection of its session to its own deadline, for nobody sees a change', () => {
    const ada = opened()
      .at(10)
      .lost('old')
      .at(12)
      .touch('session-old', { spaces: ['shop'] })
    ada.at(14).open('new', { resumes: 'T1', session: 'session-old' })
    expect(ada.changes).toMatchObject([{ visibleTo: 'self' }])
    expect(
      ada
        .at(102)
        .advance()
        .record?.connections.map(({ id }) => id),
    ).toEqual(['new'])
  })
})

describe('a resume token', () => {
  it('is used once: a second page with it opens anew', () => {
    const ada = opened().at(10).open('new', { resumes: 'T1', page: 'p1', token: 'T2' }).at(11)
    ada.open('twin', { resumes: 'T1', page: 'p2' })
    expect(ada.record?.connections.map(({ id }) => id)).toEqual(['new', 'twin'])
    expect(ada.causes).toEqual(['connect'])
  })

  it('may be repeated by the page that used it, whose welcome was lost', () => {
    const ada = opened().at(10).open('new', { resumes: 'T1', page: 'p1', token: 'T2' }).at(11)
    ada.open('newer', { resumes: 'T1', page: 'p1', token: 'T3' })
    expect(ada.record?.connections.map(({ id }) => id)).toEqual(['newer'])
    expect(ada.causes).toEqual(['resume'])
  })

  it('still works for its page although an older attempt of that page arrived after it was issued', () => {
    const ada = opened().at(10).open('new', { resumes: 'T1', page: 'p1', token: 'T2' }).at(11)
    ada.open('late', { resumes: 'T1', page: 'p1', token: 'T3' }).at(12).lost('late')
    ada.at(13).open('newest', { resumes: 'T2', page: 'p1', token: 'T4' })
    expect(ada.record?.connections.map(({ id, replaces }) => [id, replaces])).toEqual([
      ['newest', ['old', 'new', 'late']],
    ])
    ada.open('twin', { resumes: 'T2', page: 'p2' })
    expect(ada.record?.connections).toHaveLength(2)
  })

  it('that its page has used takes no place of a connection which that page asked for later', () => {
    const ada = opened().at(12).open('new', { resumes: 'T1', page: 'p1', token: 'T2' }).at(13)
    ada.lately(11).open('late', { resumes: 'T1', page: 'p1', token: 'T3' })
    expect(ada.verdict).toBe('superseded')
    expect(ada.record?.connections.map(({ id }) => id)).toEqual(['new'])
    // The one it was issued with since says that the page knows of that connection.
    ada.lately(11).open('newest', { resumes: 'T2', page: 'p1', token: 'T4' })
    expect(ada.record?.connections.map(({ id }) => id)).toEqual(['newest'])
  })

  it('is rotated: the new connection resumes with the new one', () => {
    const ada = opened().at(10).open('new', { resumes: 'T1', token: 'T2' }).at(20).open('newest', { resumes: 'T2' })
    expect(ada.connection('newest').replaces).toEqual(['old', 'new'])
  })

  it('may be presented by a page that wants no further one', () => {
    expect(opened().at(10).open('new', { resumes: 'T1' }).connection('new').resume).toBeNull()
  })

  it('is remembered over at most eight generations of ids', () => {
    const ada = history().at(0).open('c0', { token: 'T0' })
    for (let i = 1; i <= 10; i++) ada.at(i).open(`c${i}`, { token: `T${i}`, resumes: `T${i - 1}` })
    expect(ada.connection('c10').replaces).toEqual(['c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'c8', 'c9'])
  })
})

describe('late events of the old connection', () => {
  const resumed = () => opened().at(10).open('new', { resumes: 'T1' }).at(20)

  it.each(['input', 'idle'] as const)('apply to the new one: %s', (type) => {
    const ada = resumed().lately(8)[type]('old')
    expect(ada.verdict).toBe('applied')
    expect(ada.connection('new')[type === 'input' ? 'inputAt' : 'idledAt']).toBe(sec(8))
  })

  it('apply to the new one: states, entering and exiting', () => {
    const ada = resumed().lately(8).enter('old', 'doc', { page: 4 }).lately(9).exit('old', 'news')
    expect(ada.others.spaces).toEqual([{ space: 'doc', state: { page: 4 } }])
  })

  it('apply to the new one: claims', () => {
    expect(resumed().lately(8).claim('busy', { on: 'old' }).self.claims).toMatchObject([{ connectionId: 'new' }])
  })

  it('count only from before the resume', () => {
    expect(resumed().lately(11).input('old').verdict).toBe('no-connection')
    expect(resumed().lately(11).enter('old', 'doc').verdict).toBe('no-connection')
    expect(resumed().lately(11).exit('old', 'news').verdict).toBe('no-connection')
    expect(resumed().lately(11).claim('busy', { on: 'old' }).verdict).toBe('unbindable')
  })

  it.each(['leave', 'lost', 'hint', 'drain', 'beat'] as const)('never touch the new one: %s', (type) => {
    const ada = resumed().lately(8)[type]('old')
    expect(ada.verdict).toBe('no-connection')
    expect(ada.at(120).advance().status).toBe('online')
  })

  it('never open the old one again', () => {
    expect(resumed().lately(0).open('old').verdict).toBe('unchanged')
  })
})
