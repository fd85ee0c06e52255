import { describe, expect, it } from 'vitest'
import { history, MINUTE } from './history.ts'

/** A page without a socket: its lease is its own, whatever else its session does. */
const page = (leaseMs = 90_000) => ({ session: 's', leaseMs })

describe('the lease of a page', () => {
  it('is one of as many as the session has pages, each with its own deadline', () => {
    const ada = history()
      .at(0)
      .open('one', { ...page(), token: 'A' })
      .at(30)
      .open('two', { ...page(), token: 'B' })
    expect(ada.record?.connections.map(({ id }) => id)).toEqual(['one', 'two'])
    expect(
      ada
        .at(90)
        .advance()
        .record?.connections.map(({ id }) => id),
    ).toEqual(['one', 'two'].slice(1))
    expect(ada.at(120).advance().others.status).toBe('offline')
  })

  it('of one page that goes shows nobody anything while another page of the session lives', () => {
    const ada = history()
      .at(0)
      .open('one', { ...page(), token: 'A' })
      .open('two', { ...page(), token: 'B' })
    ada.at(10).hint('one').at(25).beat('two')
    expect(ada.status).toBe('online')
    expect(ada.record?.connections.map(({ id }) => id)).toEqual(['two'])
  })

  it('takes the place of the lease of its session’s requests', () => {
    const ada = history()
      .at(0)
      .touch('s')
      .at(10)
      .open('tab', { ...page(), token: 'T' })
    expect(ada.record?.connections.map(({ id }) => id)).toEqual(['tab'])
    expect(ada.others.statusSince).toBe(history().at(0).touch('s').others.statusSince)
  })

  it('is left alone by a second page, which has one of its own', () => {
    const ada = history()
      .at(0)
      .open('one', { ...page(), token: 'A' })
      .at(1)
      .open('two', { session: 's', token: 'B' })
    expect(ada.record?.connections.map(({ id }) => id)).toEqual(['one', 'two'])
  })

  it('moves over, with what it had, to the page that comes back', () => {
    const ada = history()
      .at(0)
      .open('old', { ...page(), spaces: ['news'], token: 'T' })
      .claim('busy', { on: 'old' })
      .at(10)
      .hint('old')
      .at(12)
      .open('new', { ...page(), resumes: 'T' })
    expect(ada.changes).toMatchObject([{ cause: 'resume', visibleTo: 'self' }])
    expect(ada.connection('new')).toMatchObject({ lost: null, nodeId: null, spaces: [{ space: 'news' }] })
    expect(ada.others.status).toBe('busy')
  })

  it('opened twice by one page, which never got the first answer, is one', () => {
    const ada = history()
      .at(0)
      .open('lost', { ...page(), token: 'A', page: 'p' })
      .at(5)
      .open('again', { ...page(), token: 'B', page: 'p' })
    expect(ada.record?.connections.map(({ id, replaces }) => [id, replaces])).toEqual([['again', ['lost']]])
    expect(ada.lately(4).open('late', { ...page(), token: 'C', page: 'p' }).verdict).toBe('superseded')
    expect(ada.at(6).open('other', { ...page(), token: 'D', page: 'q' }).record?.connections).toHaveLength(2)
  })

  it('is not opened twice by one page, though a late attempt of it would take the place of the page before', () => {
    const ada = history()
      .at(0)
      .open('before', { ...page(), token: 'A', page: 'p' })
      .at(5)
      .open('again', { ...page(), token: 'C', page: 'q' })
    expect(ada.lately(4).open('late', { ...page(), resumes: 'A', token: 'B', page: 'q' }).verdict).toBe('superseded')
    expect(ada.record?.connections.map(({ id }) => id)).toEqual(['before', 'again'])
  })

  it('is lost once its page says that it goes, though another node took its last beat for a later one', () => {
    const ada = history()
      .at(0)
      .open('tab', { ...page(), token: 'T' })
      .at(10.001)
      .beat('tab')
      .lately(10)
      .hint('tab')
    expect([ada.verdict, ada.connection('tab').lost?.cause]).toEqual(['applied', 'hint'])
  })

  it('opens nothing once it ran out before it was processed', () => {
    const ada = history().at(100).lately(5).open('late', page())
    expect(ada.verdict).toBe('superseded')
    expect(ada.status).toBe('offline')
  })
})

it('a page has one lease, though its second attempt takes the place of the page before', () => {
  // before: the page that was reloaded. Its hint comes after the first hello of the page that follows.
  const ada = history()
    .at(0)
    .open('before', { ...page(), token: 'A', page: 'p' })
    .at(5)
    // decided as a plain connect (the old page was not lost yet); the answer never came back
    .open('first', { ...page(), token: 'B', page: 'q' })
    .at(6)
    .hint('before')
    .at(7)
    .open('second', { ...page(), resumes: 'A', token: 'C', page: 'q' })
  expect(ada.verdict).toBe('applied')
  expect(ada.record?.connections.map(({ id }) => id)).toEqual(['second'])
  ada.at(8).leave('second')
  expect(ada.others.status).toBe('offline')
})

describe('a request of a session whose page is leased', () => {
  it('is input on that page', () => {
    const ada = history()
      .at(0)
      .open('tab', { ...page(130_000), token: 'T' })
      .at(100)
      .touch('s')
    expect(ada.record?.connections.map(({ id, inputAt, openedAt }) => [id, inputAt - openedAt])).toEqual([
      ['tab', 100_000],
    ])
  })

  it('is not, once the page has said that it goes', () => {
    const ada = history()
      .at(0)
      .open('tab', { ...page(), token: 'T' })
      .at(10)
      .hint('tab')
      .at(12)
      .touch('s')
    expect(ada.connection('tab').lost).not.toBeNull()
    expect(ada.record?.connections).toHaveLength(2)
  })
})

describe('a heartbeat of a session', () => {
  const beat = { isInput: false }

  it('opens its lease, and that is input', () => {
    expect(history().at(0).touch('s', beat).status).toBe('online')
  })

  it('keeps it alive and is no input', () => {
    const ada = history().at(0).touch('s', beat)
    for (let seconds = 60; seconds <= 5 * MINUTE; seconds += 60) ada.at(seconds).touch('s', beat)
    expect(ada.status).toBe('away')
    expect(ada.wakesAt).toBe(5 * MINUTE + 90)
  })

  it('changes nothing for a page, which proves its life itself', () => {
    const ada = history()
      .at(0)
      .open('tab', { ...page(), token: 'T' })
      .at(60)
      .touch('s', beat)
    expect(ada.verdict).toBe('unchanged')
    expect(ada.at(90).advance().status).toBe('offline')
  })

  it('that arrives late, for a lease that is gone, opens nothing', () => {
    const beatAfterKick = (processedAt: number) =>
      history()
        .at(0)
        .touch('s')
        .at(10)
        .kick('s-leased')
        .at(processedAt)
        .lately(11)
        .touch('s', { ...beat, id: 'another' })
    expect(beatAfterKick(11.5).status).toBe('online')
    expect(beatAfterKick(14).status).toBe('offline')
  })
})
