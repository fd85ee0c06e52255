import { describe, expect, it } from 'vitest'
import { DEFAULT_POLICY, entriesOf, topicsOf, type UserRecord } from '../../src/machine/index.ts'
import { type History, history, sec } from './history.ts'

const online = () =>
  history()
    .at(0)
    .open('tab', { spaces: ['news'] })

function recordOf(ada: History): UserRecord {
  if (ada.record === null) throw new Error('the record stands')
  return ada.record
}

const entries = (ada: History) => entriesOf(recordOf(ada), DEFAULT_POLICY)

describe('index entries', () => {
  it('name the status, the spaces and the nodes of a user', () => {
    expect(entries(online().open('b', { node: 'n2', spaces: ['news', 'shop'] }))).toEqual({
      wakeAt: null,
      nodes: ['n1', 'n2'],
      shown: { status: 'online', spaces: ['news', 'shop'] },
      real: { status: 'online', spaces: ['news', 'shop'] },
    })
  })

  it('name each node once, and none for a leased connection', () => {
    expect(entries(online().open('b').touch('s')).nodes).toEqual(['n1'])
  })

  it('name no node for a lost connection, for it lives without one', () => {
    expect(entries(online().open('b', { node: 'n2' }).at(10).nodeLost('n1')).nodes).toEqual(['n2'])
  })

  it('hold deadlines that outlive a holder, not idle and dormant of what is held', () => {
    expect(entries(online()).wakeAt).toBeNull()
    expect(entries(online().at(10).lost('tab')).wakeAt).toBe(sec(25))
    expect(entries(history().at(0).touch('s')).wakeAt).toBe(sec(90))
    expect(entries(online().claim('dnd', { until: sec(50) })).wakeAt).toBe(sec(50))
  })

  it('place nobody who is offline in a space', () => {
    const { shown, real } = entries(online().at(1800).advance())
    expect(shown).toEqual({ status: 'offline', spaces: [] })
    expect(real).toEqual({ status: 'offline', spaces: [] })
  })

  it('place an invisible user nowhere for others, and where they are for admins', () => {
    expect(entries(online().claim('invisible'))).toMatchObject({
      shown: { status: 'offline', spaces: [] },
      real: { status: 'online', spaces: ['news'] },
    })
  })

  it('place a user who stands in no space in none', () => {
    expect(entries(history().at(0).open('tab')).real).toEqual({ status: 'online', spaces: [] })
  })
})

describe('the topics of a change', () => {
  it('are the user, and every space and node of either state', () => {
    const before = recordOf(online())
    const after = recordOf(
      history()
        .at(0)
        .open('b', { node: 'n2', spaces: ['shop', 'news'] }),
    )
    expect(topicsOf(before, after)).toEqual(['user:ada', 'space:news', 'node:n1', 'space:shop', 'node:n2'])
    expect(topicsOf(null, after)).toEqual(['user:ada', 'space:shop', 'space:news', 'node:n2'])
    expect(topicsOf(before, null)).toEqual(['user:ada', 'space:news', 'node:n1'])
  })

  it('are also those of lost connections: their holder learns what became of them', () => {
    expect(topicsOf(null, recordOf(online().at(10).lost('tab')))).toContain('node:n1')
  })
})
