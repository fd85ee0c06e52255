import { describe, expect, it } from 'vitest'
import { mergeWaiting } from '../../src/engine/outage.ts'
import type { Pending } from '../../src/engine/user-entry.ts'
import { emptyRecord } from '../../src/machine/index.ts'
import { claimRequest, heldConnection, openEvent, touchEvent } from '../machine/events.ts'

type Event = Pending['event']

const waitingAfter = (...events: Event[]): Event[] =>
  mergeWaiting(events.map((event): Pending => ({ event, verdict: 'unchanged', resolve() {}, reject() {} }))).map(
    ({ event }) => event,
  )

const claim = (at: number, source: string): Event => ({ type: 'claim', at, claim: claimRequest('busy', { source }) })
const message = (at: number, text: string): Event => ({
  type: 'message',
  at,
  message: { text, emoji: null, until: null },
})
const of = (type: 'hint' | 'lost' | 'drain' | 'leave' | 'input' | 'idle', at: number, connectionId: string): Event => ({
  type,
  at,
  connectionId,
})

describe('what waits for a store', () => {
  it('keeps the last word on each claim source, a clear included, in the order of those words', () => {
    const clear: Event = { type: 'clear', at: 3, source: 'call' }
    expect(waitingAfter(claim(1, 'call'), claim(2, 'manual'), clear)).toEqual([claim(2, 'manual'), clear])
    expect(waitingAfter(clear, claim(4, 'call'))).toEqual([claim(4, 'call')])
  })

  it('takes for the last word what was said last, although it came before', () => {
    expect(waitingAfter(claim(4, 'call'), claim(3, 'call'))).toEqual([claim(4, 'call')])
    expect(waitingAfter(message(7, 'later'), message(6, 'earlier'))).toEqual([message(7, 'later')])
  })

  it('keeps the last message, and the last audience', () => {
    const everyone: Event = { type: 'audience', at: 1, lastSeenTo: 'everyone' }
    const admins: Event = { type: 'audience', at: 2, lastSeenTo: 'admins' }
    expect(waitingAfter(message(1, 'a'), everyone, admins, message(3, 'b'))).toEqual([admins, message(3, 'b')])
  })

  it('keeps the first loss of a connection, for it set the deadline, and that of every other one', () => {
    expect(waitingAfter(of('hint', 1, 'a'), of('lost', 2, 'b'), of('lost', 3, 'a'), of('drain', 4, 'b'))).toEqual([
      of('hint', 1, 'a'),
      of('lost', 2, 'b'),
    ])
  })

  it('keeps every end, apart from losses', () => {
    const signOuts: Event[] = [
      { type: 'sign-out', at: 3, sessionId: 's' },
      { type: 'sign-out', at: 4, sessionId: null },
    ]
    const kicks: Event[] = [
      { type: 'kick', at: 5, connectionIds: ['a'] },
      { type: 'kick', at: 6, connectionIds: ['b'] },
    ]
    const all = [of('lost', 1, 'a'), of('leave', 2, 'a'), of('leave', 2, 'b'), ...signOuts, ...kicks]
    expect(waitingAfter(...all)).toEqual(all)
  })

  it('keeps where a connection stands, space by space', () => {
    const enter = (at: number, space: string, state: number): Event => ({
      type: 'enter',
      at,
      connectionId: 'a',
      space,
      state,
    })
    const exit: Event = { type: 'exit', at: 4, connectionId: 'a', space: 'doc' }
    expect(waitingAfter(enter(1, 'doc', 1), enter(2, 'room', 1), enter(3, 'room', 2), exit)).toEqual([
      enter(3, 'room', 2),
      exit,
    ])
  })

  it('keeps the newest sign of life of each connection, session and node', () => {
    const beat = (at: number): Event => ({ type: 'beat', at, connectionId: 'a', leaseMs: 90_000 })
    const nodeLost = (at: number, nodeId: string): Event => ({ type: 'node-lost', at, nodeId })
    const announce = (at: number): Event => ({ type: 'announce', at, connection: heldConnection('a', 0) })
    expect(waitingAfter(of('input', 1, 'a'), of('idle', 2, 'a'), of('input', 3, 'a'))).toEqual([
      of('idle', 2, 'a'),
      of('input', 3, 'a'),
    ])
    expect(waitingAfter(beat(1), beat(2))).toEqual([beat(2)])
    expect(waitingAfter(touchEvent(1, 's'), touchEvent(2, 't'), touchEvent(3, 's'))).toEqual([
      touchEvent(2, 't'),
      touchEvent(3, 's'),
    ])
    expect(waitingAfter(nodeLost(1, 'n1'), nodeLost(2, 'n2'), nodeLost(3, 'n1'))).toEqual([
      nodeLost(2, 'n2'),
      nodeLost(3, 'n1'),
    ])
    expect(waitingAfter(announce(1), announce(2))).toEqual([announce(2)])
  })

  it('keeps one state that a store had lost, and every open', () => {
    const restore = (at: number): Event => ({ type: 'restore', at, record: { ...emptyRecord('ada'), epoch: at } })
    const opens = [openEvent(1, 'a'), openEvent(2, 'b')]
    expect(waitingAfter(restore(1), ...opens, restore(2))).toEqual([...opens, restore(2)])
  })

  it('keeps no forget: its caller was refused, and later it would erase what came after it', () => {
    expect(waitingAfter({ type: 'forget' }, claim(1, 'call'))).toEqual([claim(1, 'call')])
  })

  it('keeps no question: the next round asks again', () => {
    expect(waitingAfter({ type: 'advance' }, { type: 'review' })).toEqual([])
  })
})

it('keeps each state that a store lost, of whatever node', () => {
  const lost = (rev: string): Event => ({ type: 'restore', at: 1, record: { ...emptyRecord('ada'), rev } })
  expect(waitingAfter(lost('n1:2'), lost('n2:7'), lost('n1:2'))).toEqual([lost('n2:7'), lost('n1:2')])
})
