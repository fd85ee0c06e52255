import { describe, expect, it } from 'vitest'
import { type Json, sameJson } from '../../src/machine/index.ts'
import { history, sec } from './history.ts'

const online = () => history().at(0).open('tab')

describe('a connection', () => {
  it('enters a space with a state, and exits it', () => {
    const ada = online().at(1).enter('tab', 'doc', { page: 1 })
    expect(ada.others.spaces).toEqual([{ space: 'doc', state: { page: 1 } }])
    expect(ada.changes).toMatchObject([{ cause: 'space', connectionId: 'tab', visibleTo: 'everyone' }])
    expect(ada.at(2).exit('tab', 'doc').others.spaces).toEqual([])
  })

  it('stands in spaces from the moment it opens', () => {
    expect(
      history()
        .at(0)
        .open('tab', { spaces: ['a', 'b'] }).others.spaces,
    ).toEqual([
      { space: 'a', state: null },
      { space: 'b', state: null },
    ])
  })

  it('sets its state anew by entering again', () => {
    const ada = online().at(1).enter('tab', 'doc', 1).at(2).enter('tab', 'news').at(3).enter('tab', 'doc', 2)
    expect(ada.others.spaces).toEqual([
      { space: 'doc', state: 2 },
      { space: 'news', state: null },
    ])
  })

  it('keeps the newest state by time, not by arrival', () => {
    const ada = online().at(5).enter('tab', 'doc', 'new').at(6).lately(3).enter('tab', 'doc', 'old')
    expect(ada.verdict).toBe('unchanged')
    expect(ada.others.spaces).toEqual([{ space: 'doc', state: 'new' }])
  })

  it('keeps a state that was said again, against another from before that arrives later', () => {
    const ada = online()
      .at(1)
      .enter('tab', 'doc', 'a')
      .at(5)
      .enter('tab', 'doc', 'a')
      .lately(3)
      .enter('tab', 'doc', 'b')
    expect(ada.others.spaces).toEqual([{ space: 'doc', state: 'a' }])
  })

  it('is not put out of a space by an exit from before it entered', () => {
    const ada = online().at(5).enter('tab', 'doc').lately(3).exit('tab', 'doc')
    expect(ada.verdict).toBe('unchanged')
    expect(ada.others.spaces).toHaveLength(1)
  })

  it('that is not there enters and exits nothing', () => {
    expect(online().enter('other', 'doc').verdict).toBe('no-connection')
    expect(online().exit('other', 'doc').verdict).toBe('no-connection')
  })

  it('that repeats itself changes nothing anybody sees', () => {
    expect(online().at(1).enter('tab', 'doc', { page: 1 }).at(2).enter('tab', 'doc', { page: 1 }).changes).toEqual([])
    expect(online().at(1).enter('tab', 'doc').at(2).enter('tab', 'doc').verdict).toBe('unchanged')
    expect(online().at(1).exit('tab', 'doc').verdict).toBe('unchanged')
  })
})

describe('a user', () => {
  const twoTabs = () => online().open('other').at(1).enter('tab', 'doc', 'a').at(2).enter('other', 'doc', 'b')

  it('stands in every space of every connection, with the newest state', () => {
    expect(twoTabs().at(3).enter('tab', 'news').others.spaces).toEqual([
      { space: 'doc', state: 'b' },
      { space: 'news', state: null },
    ])
    expect(twoTabs().at(3).enter('tab', 'doc', 'c').others.spaces).toEqual([{ space: 'doc', state: 'c' }])
  })

  it('is not moved by a connection that only repeats its state, as every reconnect does', () => {
    const ada = twoTabs().at(3).enter('tab', 'doc', 'a')
    expect(ada.changes).toEqual([])
    expect(ada.others.spaces).toEqual([{ space: 'doc', state: 'b' }])
  })

  it('stays in a space while another connection is there', () => {
    const ada = twoTabs().at(3).exit('other', 'doc')
    expect(ada.others.spaces).toEqual([{ space: 'doc', state: 'a' }])
    expect(ada.at(4).exit('tab', 'doc').others.spaces).toEqual([])
  })

  it('has, of two states from the opening, the later connection’s', () => {
    const at = sec(0)
    const open = (id: string, state: Json) => {
      const spaces = [{ space: 'doc', state, at: 0 }]
      const opening = { connectionId: id, sessionId: id, device: null, meta: null, grants: [], spaces }
      return {
        type: 'open',
        at,
        nodeId: 'n1',
        leaseMs: null,
        opening,
        resume: null,
        resumes: null,
        invisible: null,
      } as const
    }
    expect(history().send(open('a', 1)).send(open('b', 2)).others.spaces).toEqual([{ space: 'doc', state: 2 }])
  })

  it('stands in no space while offline, though connections do', () => {
    const ada = online().enter('tab', 'doc').at(1800).advance()
    expect(ada.others).toMatchObject({ status: 'offline', spaces: [] })
    expect(ada.self).toMatchObject({ spaces: [], connections: [{ spaces: [{ space: 'doc', state: null }] }] })
    expect(ada.at(1801).input('tab').others.spaces).toHaveLength(1)
  })

  it('leaves the spaces of a connection that ends', () => {
    expect(twoTabs().at(3).leave('other').others.spaces).toEqual([{ space: 'doc', state: 'a' }])
  })
})

describe('states', () => {
  it.each<[Json, Json]>([
    [null, null],
    [1, 1],
    ['a', 'a'],
    [
      { a: 1, b: [2, { c: null }] },
      { b: [2, { c: null }], a: 1 },
    ],
    [[], []],
    [{}, {}],
  ])('are the same whatever the order of keys: %j', (a, b) => {
    expect(sameJson(a, b)).toBe(true)
  })

  it.each<[Json, Json]>([
    [null, 0],
    [1, '1'],
    [null, {}],
    [{}, null],
    [[], {}],
    [{}, []],
    [[1], [1, 2]],
    [
      [1, 2],
      [2, 1],
    ],
    [{ a: 1 }, { a: 2 }],
    [{ a: 1 }, { b: 1 }],
    [{ a: 1 }, { a: 1, b: 1 }],
    [{ toString: 1 }, { a: 1 }],
    ['x', {}],
  ])('differ by value and shape: %j, %j', (a, b) => {
    expect(sameJson(a, b)).toBe(false)
  })
})
