import { describe, expect, it } from 'vitest'
import {
  automaticStatus,
  CLAIM_STATUSES,
  type Claim,
  type Connection,
  isPresent,
  type Phase,
  STATUSES,
  statusOf,
} from '../../src/machine/index.ts'
import { heldConnection } from './events.ts'
import { HOUR, history, MINUTE, sec } from './history.ts'

const connections = (...phases: Phase[]): Connection[] =>
  phases.map((phase, i) => heldConnection(`c${i}`, 1, { phase }))

const claim = (status: Claim['status'], rest: Partial<Claim> = {}): Claim => ({
  source: 'manual',
  status,
  priority: 60,
  until: null,
  connectionId: null,
  since: 1,
  at: 1,
  ...rest,
})

describe('the automatic status', () => {
  it.each([
    ['active', 'online'],
    ['idle', 'away'],
    ['dormant', 'offline'],
  ] as const)('of one %s connection is %s', (phase, status) => {
    expect(automaticStatus(connections(phase))).toBe(status)
  })

  it('without a connection is offline', () => {
    expect(automaticStatus([])).toBe('offline')
  })

  it.each([
    [['dormant', 'idle', 'active'], 'online'],
    [['active', 'dormant'], 'online'],
    [['dormant', 'idle'], 'away'],
    [['idle', 'idle'], 'away'],
    [['dormant', 'dormant'], 'offline'],
  ] as const)('of %s is %s, in whatever order they came', (phases, status) => {
    expect(automaticStatus(connections(...phases))).toBe(status)
    expect(automaticStatus(connections(...phases).reverse())).toBe(status)
  })

  it('of a lost connection is what it contributed before', () => {
    const lost = { cause: 'lost', at: 1, until: 2 } as const
    expect(automaticStatus(connections('idle').map((connection) => ({ ...connection, lost })))).toBe('away')
  })
})

describe('the phases of a connection', () => {
  it('begin active, for opening is input', () => {
    expect(history().at(0).open('tab').status).toBe('online')
  })

  it('turn idle after 5 minutes without input, at that instant', () => {
    const ada = history().at(0).open('tab').at(299.999).advance()
    expect(ada.status).toBe('online')
    expect(ada.at(300).advance().status).toBe('away')
  })

  it('turn dormant after 30 minutes without input, at that instant', () => {
    const ada = history().at(0).open('tab').at(1799.999).advance()
    expect(ada.status).toBe('away')
    expect(ada.at(1800).advance().status).toBe('offline')
  })

  it('count from the last input', () => {
    const ada = history().at(0).open('tab').at(200).input('tab').at(499).advance()
    expect(ada.status).toBe('online')
    expect(ada.at(500).advance().status).toBe('away')
    expect(ada.at(2000).advance().status).toBe('offline')
  })

  it.each(['idle', 'dormant'])('turn active again on input while %s', (phase) => {
    const ada = history()
      .at(0)
      .open('tab')
      .at(phase === 'idle' ? 400 : 2000)
      .input('tab')
    expect(ada.causes.at(-1)).toBe('activity')
    expect(ada.status).toBe('online')
  })

  it('never turn idle when idle is switched off', () => {
    const ada = history({ idleAfterMs: null }).at(0).open('tab').at(1799).advance()
    expect(ada.status).toBe('online')
    expect(ada.at(1800).advance().status).toBe('offline')
  })

  it('never turn dormant when dormant is switched off', () => {
    expect(
      history({ dormantAfterMs: null })
        .at(0)
        .open('tab')
        .at(24 * HOUR)
        .advance().status,
    ).toBe('away')
  })

  it('keep the deadlines of the node that opened them', () => {
    const ada = history().at(0).open('tab')
    expect(ada.connection('tab')).toMatchObject({ idleAfterMs: 300_000, dormantAfterMs: 1_800_000 })
  })
})

describe('idle by the client', () => {
  it('turns the connection idle at once, until the next input', () => {
    const ada = history().at(0).open('tab').at(10).idle('tab')
    expect(ada.status).toBe('away')
    expect(ada.at(20).input('tab').status).toBe('online')
  })

  it('leaves dormancy counting from the last input', () => {
    const ada = history().at(0).open('tab').at(600).idle('tab').at(1800).advance()
    expect(ada.status).toBe('offline')
    expect(ada.self.statusSince).toBe(sec(1800))
  })

  it('is not undone by an input from before it that arrives later', () => {
    const ada = history().at(0).open('tab').at(20).idle('tab').at(21).lately(10).input('tab')
    expect(ada.status).toBe('away')
    expect(ada.self.lastActiveAt).toBe(sec(10))
  })

  it('is not undone by such an input either when the connection was idle already', () => {
    const ada = history().at(0).open('tab').at(310).idle('tab').at(320).lately(305).input('tab')
    expect(ada.status).toBe('away')
  })

  it('from before the last input says nothing', () => {
    const ada = history().at(0).open('tab').at(20).input('tab').lately(10).idle('tab')
    expect(ada.verdict).toBe('unchanged')
    expect(ada.status).toBe('online')
  })

  it('delivered again after an input of the same instant changes nothing', () => {
    const ada = history().at(0).open('tab').at(10).idle('tab').input('tab').idle('tab')
    expect(ada.verdict).toBe('unchanged')
    expect(ada.status).toBe('online')
  })

  it('of a connection that is not there is refused', () => {
    expect(history().at(0).open('tab').idle('other').verdict).toBe('no-connection')
  })
})

describe('the overlay', () => {
  const online = connections('active')
  const statusWith = (...claims: Claim[]) => statusOf(online, claims, 100)

  it.each(['online', 'away', 'busy', 'dnd'] as const)('lets a claim say %s', (status) => {
    expect(statusWith(claim(status))).toBe(status)
  })

  it('never makes an absent user present', () => {
    expect(statusOf([], [claim('online', { priority: 1000 })], 100)).toBe('offline')
    expect(statusOf(connections('dormant'), [claim('dnd')], 100)).toBe('offline')
  })

  it('keeps an idle user online who claims to be', () => {
    expect(statusOf(connections('idle'), [claim('online')], 100)).toBe('online')
  })

  it('takes the highest priority', () => {
    expect(statusWith(claim('busy', { source: 'calendar', priority: 40 }), claim('dnd', { priority: 60 }))).toBe('dnd')
    expect(statusWith(claim('dnd', { priority: 60 }), claim('busy', { source: 'call', priority: 80 }))).toBe('busy')
  })

  it('takes the newer claim of equal priority', () => {
    expect(statusWith(claim('busy', { source: 'a', since: 5 }), claim('dnd', { source: 'b', since: 6 }))).toBe('dnd')
    expect(statusWith(claim('busy', { source: 'a', since: 6 }), claim('dnd', { source: 'b', since: 5 }))).toBe('busy')
  })

  it('takes the first source name of equal priority and age', () => {
    expect(statusWith(claim('busy', { source: 'b' }), claim('dnd', { source: 'a' }))).toBe('dnd')
    expect(statusWith(claim('dnd', { source: 'a' }), claim('busy', { source: 'b' }))).toBe('dnd')
  })

  it('passes over claims that are cleared or over, at the instant they end', () => {
    expect(statusWith(claim(null))).toBe('online')
    expect(statusWith(claim('dnd', { until: 100 }))).toBe('online')
    expect(statusWith(claim('dnd', { until: 101 }))).toBe('dnd')
  })

  it('leaves invisibility out of the real status', () => {
    expect(statusWith(claim('invisible', { priority: 1000 }), claim('busy', { source: 'call' }))).toBe('busy')
  })
})

describe('the words', () => {
  it('call every status but offline present', () => {
    expect(STATUSES.filter(isPresent)).toEqual(['online', 'away', 'busy', 'dnd'])
  })

  it('let a claim say invisible, and never offline', () => {
    expect(CLAIM_STATUSES).toEqual(['online', 'away', 'busy', 'dnd', 'invisible'])
  })

  it('give a user nobody knows as offline since ever', () => {
    const { status, statusSince, lastSeenAt } = history().others
    expect({ status, statusSince, lastSeenAt }).toEqual({ status: 'offline', statusSince: 0, lastSeenAt: null })
  })
})

describe('a long day', () => {
  it('passes idle and dormant each at its own instant, however late it is processed', () => {
    const ada = history()
      .at(0)
      .open('tab')
      .at(8 * HOUR)
      .advance()
    expect(ada.changes.map(({ cause, at }) => [cause, at])).toEqual([
      ['idle', sec(5 * MINUTE)],
      ['dormant', sec(30 * MINUTE)],
    ])
    expect(ada.self).toMatchObject({ status: 'offline', statusSince: sec(30 * MINUTE), lastSeenAt: sec(30 * MINUTE) })
  })
})
