import { describe, expect, it } from 'vitest'
import { type Audience, emptyRecord, viewOf } from '../../src/machine/index.ts'
import { DAY, history, sec } from './history.ts'

const online = () =>
  history()
    .at(0)
    .open('tab', { spaces: ['news'] })

describe('others', () => {
  it('see status, its age, message, lastSeenAt and spaces, and nothing else', () => {
    const ada = online().claim('dnd').message('x').at(1).leave('tab')
    expect(Object.keys(ada.others).sort()).toEqual([
      'lastSeenAt',
      'message',
      'spaces',
      'status',
      'statusSince',
      'userId',
    ])
  })

  it('see lastSeenAt once the user is offline, and not before', () => {
    const ada = online()
    expect(ada.others.lastSeenAt).toBeNull()
    expect(ada.at(10).leave('tab').others.lastSeenAt).toBe(sec(10))
  })

  it('see no stamp of a state', () => {
    expect(online().enter('tab', 'doc', 1).others.spaces).toEqual([
      { space: 'news', state: null },
      { space: 'doc', state: 1 },
    ])
  })
})

describe('users', () => {
  it('see their connections, claims and the cause of their status', () => {
    const ada = online()
      .at(5)
      .claim('dnd', { until: sec(500) })
    expect(ada.self).toEqual({
      userId: 'ada',
      status: 'dnd',
      statusSince: sec(5),
      lastSeenAt: null,
      message: null,
      spaces: [{ space: 'news', state: null }],
      hidden: false,
      lastActiveAt: null,
      lastSeenTo: 'everyone',
      claims: [{ source: 'manual', status: 'dnd', priority: 60, until: sec(500), connectionId: null }],
      connections: [
        {
          connectionId: 'tab',
          sessionId: 'session-tab',
          phase: 'active',
          lostUntil: null,
          held: true,
          device: 'laptop',
          openedAt: sec(0),
          spaces: [{ space: 'news', state: null }],
        },
      ],
      cause: { cause: 'claim', at: sec(5), nodeId: 'n1', connectionId: null },
    })
  })

  it('see which connections are lost, and which are leased', () => {
    expect(online().touch('s').at(10).lost('tab').self.connections).toMatchObject([
      { phase: 'lost', lostUntil: sec(25), held: true },
      { phase: 'active', lostUntil: null, held: false },
    ])
  })

  it('see lastActiveAt from away on, for until then it runs', () => {
    const ada = online().at(100).input('tab').claim('busy')
    expect(ada.self.lastActiveAt).toBeNull()
    expect(ada.at(400).advance().self).toMatchObject({ status: 'busy', lastActiveAt: sec(100) })
    expect(ada.at(500).leave('tab').self.lastActiveAt).toBe(sec(100))
  })

  it('see no lastActiveAt before the first input', () => {
    expect(history().at(0).claim('dnd').self.lastActiveAt).toBeNull()
  })
})

describe('admins', () => {
  it('see what users see, and what others see', () => {
    const ada = online().lastSeenTo('admins').at(10).leave('tab')
    expect(ada.admin).toEqual({ ...ada.self, shown: { status: 'offline', statusSince: sec(10), lastSeenAt: null } })
    expect(ada.admin.lastSeenAt).toBe(sec(10))
  })
})

describe('a view', () => {
  it.each<Audience>(['others', 'self', 'admin'])(
    'of a user nobody knows is that of an empty record, to %s',
    (audience) => {
      expect(viewOf(null, 'ada', audience)).toEqual(viewOf(emptyRecord('ada'), 'ada', audience))
    },
  )

  it('is of the last stored transition: no read path advances a record', () => {
    const { record } = online()
    expect(viewOf(record, 'ada', 'others').status).toBe('online')
    expect(online().at(DAY).others.status).toBe('online')
  })

  it.each<Audience>(['others', 'self', 'admin'])('carries no version and no running value, to %s', (audience) => {
    const ada = online()
    const before = viewOf(ada.record, 'ada', audience)
    ada.at(50).input('tab')
    const after = ada.record && { ...ada.record, rev: 'n1:7', version: 9, epoch: 3 }
    expect(viewOf(after, 'ada', audience)).toEqual(before)
  })
})

describe('a change', () => {
  it('is for everyone what others see differently', () => {
    expect(online().at(300).advance().changes).toMatchObject([{ visibleTo: 'everyone' }])
    expect(online().exit('tab', 'news').changes).toMatchObject([{ visibleTo: 'everyone' }])
  })

  it.each([
    ['a second connection', () => online().open('phone')],
    ['a loss', () => online().lost('tab')],
    [
      'a claim that another one outranks',
      () => online().claim('dnd').claim('busy', { source: 'calendar', priority: 40 }),
    ],
    ['the same claim bound to a connection', () => online().claim('busy').claim('busy', { on: 'tab' })],
    ['a phase that another connection covers', () => online().open('phone').at(10).idle('phone')],
    [
      'a lost connection that was idle, under a claim',
      () => online().claim('dnd').at(10).lost('tab').lately(9).idle('tab'),
    ],
    ['a space that another connection stands in', () => online().open('phone').enter('phone', 'news')],
  ])('is for the user alone what only the user sees: %s', (_, happens) => {
    expect(happens().changes).toMatchObject([{ visibleTo: 'self' }])
  })

  it.each([
    ['a second sign of life', () => online().at(10).input('tab')],
    ['idleness of a lost connection beside another', () => online().open('b').at(10).lost('b').lately(9).idle('b')],
    ['a beat', () => history().at(0).touch('s').at(10).beat('s-leased')],
    ['a sign-out of a session that is not there', () => online().signOut('other')],
    ['a clear of what does not stand', () => online().clear('calendar')],
    ['a cleared claim that is cleared again', () => online().claim('dnd').at(1).clear().at(2).clear()],
  ])('is none where nobody sees a difference: %s', (_, happens) => {
    const ada = happens()
    expect(ada.verdict).toBe('applied')
    expect(ada.changes).toEqual([])
  })
})
