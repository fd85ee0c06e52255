import { describe, expect, it } from 'vitest'
import { heldConnection } from './events.ts'
import { DAY, type History, history, sec } from './history.ts'

const online = () =>
  history()
    .at(0)
    .open('tab', { spaces: ['news'] })
const hidden = () => online().at(100).claim('invisible')

/** What others would see had the user gone offline at 100. */
const gone = online().at(100).leave('tab').others

describe('an invisible user', () => {
  it('looks to others like one who went offline at that moment', () => {
    expect(hidden().others).toEqual(gone)
    expect(gone).toMatchObject({ status: 'offline', statusSince: sec(100), lastSeenAt: sec(100), spaces: [] })
  })

  it('sees the real status, and that it is hidden', () => {
    expect(hidden().self).toMatchObject({ status: 'online', hidden: true, spaces: [{ space: 'news' }] })
    expect(online().self.hidden).toBe(false)
  })

  it('is seen by admins both ways', () => {
    expect(hidden().admin).toMatchObject({
      status: 'online',
      hidden: true,
      shown: { status: 'offline', statusSince: sec(100), lastSeenAt: sec(100) },
    })
  })

  it('is hidden whatever the priority of the claim', () => {
    expect(
      online().at(100).claim('dnd', { source: 'admin', priority: 100 }).claim('invisible', { priority: 0 }).others,
    ).toEqual(gone)
  })

  it('keeps the overlay of the other claims for those who see the real status', () => {
    expect(hidden().claim('busy', { source: 'call', priority: 80 }).self.status).toBe('busy')
  })

  it('that was offline already looks as before', () => {
    const ada = online().at(50).leave('tab')
    const before = ada.others
    expect(ada.at(100).claim('invisible').others).toEqual(before)
    expect(ada.at(200).open('tab2').others).toEqual(before)
  })

  it('that was never seen stays so', () => {
    const ada = history().at(10).claim('invisible').at(20).open('tab')
    expect(ada.others).toMatchObject({ status: 'offline', statusSince: 0, lastSeenAt: null })
  })

  it('that was away or busy looks like one who left just then', () => {
    expect(online().at(90).idle('tab').at(100).claim('invisible').others).toEqual(gone)
    expect(online().at(90).claim('busy').at(100).claim('invisible').others).toEqual(gone)
  })
})

describe('whatever an invisible user does', () => {
  const doings: [string, (ada: History) => History][] = [
    ['input', (ada) => ada.input('tab')],
    ['idleness', (ada) => ada.idle('tab')],
    ['a second connection', (ada) => ada.open('phone', { spaces: ['shop'] })],
    ['a leave', (ada) => ada.leave('tab')],
    ['a loss', (ada) => ada.lost('tab')],
    ['a sign-out', (ada) => ada.signOut()],
    ['another claim', (ada) => ada.claim('dnd', { source: 'call', priority: 80 })],
    ['a repeated invisible claim', (ada) => ada.claim('invisible', { source: 'app' })],
    ['a space', (ada) => ada.enter('tab', 'doc', 1)],
    ['a message', (ada) => ada.message('here')],
    ['the choice who sees lastSeenAt', (ada) => ada.lastSeenTo('admins')],
    ['an announcement', (ada) => ada.announce(heldConnection('pad', sec(120)))],
    ['time', (ada) => ada.advance()],
  ]

  it.each(doings)('others see nothing of it: %s', (_, happens) => {
    const ada = happens(hidden().at(200))
    expect(ada.others).toEqual(gone)
    expect(ada.changes.filter(({ visibleTo }) => visibleTo === 'everyone')).toEqual([])
    expect(ada.at(9000).advance().others).toEqual(gone)
  })

  it.each(doings)('it does not show afterwards either, if the user is absent when the claim ends: %s', (_, happens) => {
    const ada = happens(hidden().at(200)).at(250).signOut().at(300).clear().clear('app')
    expect(ada.others).toEqual(gone)
    expect(ada.changes.filter(({ visibleTo }) => visibleTo === 'everyone')).toEqual([])
  })

  it.each(doings)('the stamps never show it later: %s', (_, happens) => {
    const ada = happens(hidden().at(200))
      .at(250)
      .signOut()
      .at(300)
      .clear()
      .clear('app')
      .at(400)
      .open('new')
      .at(500)
      .leave('new')
    expect(ada.others).toMatchObject({ status: 'offline', statusSince: sec(500) })
  })
})

describe('the message of an invisible user', () => {
  it('stays as it was, but for its expiry', () => {
    const ada = online()
      .message('Lunch', { until: sec(300) })
      .at(100)
      .claim('invisible')
      .at(200)
      .message('at my desk')
    expect(ada.others.message?.text).toBe('Lunch')
    expect(ada.self.message?.text).toBe('at my desk')
    expect(ada.at(300).advance().others.message).toBeNull()
    expect(ada.self.message?.text).toBe('at my desk')
  })

  it('expires for everyone in one change', () => {
    const ada = online()
      .message('Lunch', { until: sec(250) })
      .at(100)
      .claim('invisible')
      .at(250)
      .advance()
    expect(ada.changes).toMatchObject([{ cause: 'message', visibleTo: 'everyone' }])
    expect(ada.self.message).toBeNull()
  })

  it('shows again once the user comes online', () => {
    expect(hidden().at(200).message('at my desk').at(210).clear().others.message?.text).toBe('at my desk')
  })

  it('shows what is set after the claim ended, absent as the user may be', () => {
    const ada = hidden().at(200).leave('tab').clear().at(300).message('back soon')
    expect(ada.others).toEqual({ ...gone, message: { text: 'back soon', emoji: null, until: null } })
    expect(ada.changes).toMatchObject([{ visibleTo: 'everyone' }])
  })
})

describe('the end of the invisible claim', () => {
  it('brings the user online now, if there', () => {
    const ada = hidden().at(200).clear()
    expect(ada.others).toMatchObject({
      status: 'online',
      statusSince: sec(200),
      lastSeenAt: null,
      spaces: [{ space: 'news' }],
    })
    expect(ada.self.statusSince).toBe(sec(0))
    expect(ada.changes).toMatchObject([{ cause: 'claim' === ada.causes[0] ? 'claim' : 'clear', visibleTo: 'everyone' }])
  })

  it('at its own time brings the user online then', () => {
    const ada = online()
      .at(100)
      .claim('invisible', { until: sec(200) })
      .at(250)
      .advance()
    expect(ada.others).toMatchObject({ status: 'online', statusSince: sec(200) })
    expect(ada.changes).toMatchObject([{ cause: 'claim-expired', at: sec(200), visibleTo: 'everyone' }])
  })

  it('shows whatever the status is then', () => {
    expect(hidden().at(200).idle('tab').at(210).clear().others).toMatchObject({ status: 'away', statusSince: sec(210) })
    expect(hidden().at(200).claim('dnd').others).toMatchObject({ status: 'dnd', statusSince: sec(200) })
  })

  it('is none while another invisible claim stands', () => {
    const ada = hidden().at(150).claim('invisible', { source: 'app' }).at(200).clear()
    expect(ada.others).toEqual(gone)
    expect(ada.at(210).clear('app').others).toMatchObject({ status: 'online', statusSince: sec(210) })
  })

  it('leaves the old stamps to one who is absent, until the next change others see', () => {
    const ada = hidden().at(200).leave('tab').at(300).clear()
    expect(ada.others).toEqual(gone)
    expect(ada.at(400).open('new').others).toMatchObject({ status: 'online', statusSince: sec(400) })
    expect(ada.at(500).leave('new').others).toMatchObject({
      status: 'offline',
      statusSince: sec(500),
      lastSeenAt: sec(500),
    })
  })

  it('in the instant of the last loss shows no coming and going', () => {
    const ada = online()
      .at(100)
      .claim('invisible', { until: sec(215) })
      .at(200)
      .lost('tab')
      .at(215)
      .advance()
    expect(ada.others).toEqual(gone)
    expect(ada.changes.map(({ visibleTo }) => visibleTo)).toEqual(['self'])
  })

  it('in the instant in which other claims end is one coming online', () => {
    const ada = online()
      .claim('dnd', { source: 'call', until: sec(200) })
      .at(100)
      .claim('invisible', { until: sec(200) })
      .at(250)
      .advance()
    expect(ada.others).toMatchObject({ status: 'online', statusSince: sec(200) })
    expect(ada.changes).toMatchObject([{ cause: 'claim-expired', visibleTo: 'everyone' }])
  })

  it('makes no sign of life from the hidden time show: who comes online was seen now', () => {
    const ada = online()
      .at(100)
      .claim('invisible', { until: sec(200) })
      .at(190)
      .lost('tab')
      .at(205)
      .advance()
    expect(ada.others).toMatchObject({ status: 'offline', statusSince: sec(205), lastSeenAt: sec(200) })
  })

  it('may come twice', () => {
    const ada = hidden().at(200).clear().at(300).claim('invisible')
    expect(ada.others).toEqual({ ...gone, statusSince: sec(300), lastSeenAt: sec(300) })
    expect(ada.at(400).clear().others.statusSince).toBe(sec(400))
  })

  it('keeps hiding one who hides again while absent', () => {
    const ada = hidden().at(200).leave('tab').clear().at(300).claim('invisible').at(310).open('new')
    expect(ada.others).toEqual(gone)
  })

  it('that coincides with a change of the real status is one moment for everybody', () => {
    const ada = hidden().at(200).clear().at(300).idle('tab')
    expect(ada.others.statusSince).toBe(sec(300))
    expect(ada.record?.shown).toBeNull()
  })

  it('never lets a stamp fall for others when the user hides again by an older claim', () => {
    const ada = hidden().at(200).clear().at(210).lately(50).claim('invisible', { source: 'app' })
    expect(ada.others).toMatchObject({ status: 'offline', statusSince: sec(200), lastSeenAt: sec(200) })
  })

  it('never lets a stamp fall for others when an older event arrives after it', () => {
    const ada = hidden().at(200).clear().at(210).lately(150).leave('tab')
    expect(ada.others).toMatchObject({ status: 'offline', statusSince: sec(200), lastSeenAt: sec(200) })
  })

  it('that is older than the last real change is no newer to others than that change', () => {
    const ada = hidden().at(150).idle('tab').at(160).lately(120).clear()
    expect(ada.others).toMatchObject({ status: 'away', statusSince: sec(150) })
  })
})

describe('a connect that brings its own invisible claim', () => {
  const connect = (ada: History, until: number | null = null) => ada.open('tab', { invisible: { until } })

  it('never shows', () => {
    const ada = connect(history().at(10))
    expect(ada.others).toMatchObject({ status: 'offline', statusSince: 0, lastSeenAt: null })
    expect(ada.self).toMatchObject({ status: 'online', hidden: true })
    expect(ada.changes.map(({ visibleTo }) => visibleTo)).toEqual(['self'])
  })

  it('hides the connections that were there', () => {
    const ada = history()
      .at(0)
      .open('other')
      .at(10)
      .open('tab', { invisible: { until: null } })
    expect(ada.others).toMatchObject({ status: 'offline', statusSince: sec(10) })
  })

  it('says again what stands, and so outlives a clear from before it', () => {
    const ada = connect(history().at(0).claim('invisible').at(10)).lately(5).clear()
    expect(ada.self.hidden).toBe(true)
  })

  it('does not undo a newer word on the same source', () => {
    const ada = connect(history().at(20).claim('dnd').at(30).lately(10))
    expect(ada.self).toMatchObject({ status: 'dnd', hidden: false })
  })

  it('whose claim is over does not hide the user', () => {
    const ada = connect(history().at(200).lately(100), sec(150))
    expect(ada.others).toMatchObject({ status: 'online', statusSince: sec(100) })
  })
})

describe('the memory of an invisible user', () => {
  it('is as short as that of one who went offline', () => {
    const absent = online()
      .message('x', { until: sec(150) })
      .at(100)
      .leave('tab')
      .at(100 + 30 * DAY)
    const ada = online()
      .message('x', { until: sec(150) })
      .at(100)
      .claim('invisible')
      .at(100 + 30 * DAY - 1)
      .advance()
    expect(ada.others.lastSeenAt).toBe(sec(100))
    expect(ada.at(100 + 30 * DAY).advance().others).toEqual(absent.advance().others)
    expect(ada.self.status).toBe('offline')
    expect(ada.input('tab').self.status).toBe('online')
    expect(ada.wakesAt).toBe(100 + 30 * DAY + 300)
  })

  it('keeps a message for as long as that of one who went offline', () => {
    const tell = (ada: History) => ada.message('x', { until: sec(60 * DAY) }).at(100)
    const absent = tell(online())
      .leave('tab')
      .at(59 * DAY)
      .advance()
    const ada = tell(online())
      .claim('invisible')
      .at(59 * DAY)
      .advance()
    expect(ada.others).toEqual(absent.others)
    expect(ada.at(60 * DAY).advance().others).toEqual(absent.at(60 * DAY).advance().others)
  })

  it('does not outlast the claim', () => {
    const ada = hidden()
      .at(100 + 31 * DAY)
      .clear().others
    expect(ada).toMatchObject({ status: 'offline', statusSince: 0, lastSeenAt: null })
  })
})
