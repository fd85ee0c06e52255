import type { ServerMessage } from '@rollcall/core/protocol'
import { expect, it } from 'vitest'
import { createRooms } from '../src/rooms.ts'

const member = () => {
  const heard: string[] = []
  return { heard, sendBroadcast: (encoded: Buffer) => void heard.push(encoded.toString()) }
}

/** A message that counts how often it is encoded. */
const counted = () => {
  const message = { type: 'ping', n: 1, encoded: 0 }
  Object.defineProperty(message, 'toJSON', { value: () => ({ type: 'ping', n: ++message.encoded }) })
  return message as ServerMessage & { encoded: number }
}

it('a message is encoded once for all who are in the room', () => {
  const rooms = createRooms()
  const [ada, bob, eve] = [member(), member(), member()]
  rooms.join('a', ada)
  rooms.join('a', bob)
  rooms.join('b', eve)
  const message = counted()
  rooms.broadcast('a', message)
  expect([ada.heard, bob.heard, eve.heard]).toEqual([['{"type":"ping","n":1}'], ['{"type":"ping","n":1}'], []])
  expect(message.encoded).toBe(1)
})

it('nothing is left of a room that everybody left, and nothing is encoded for it', () => {
  const rooms = createRooms()
  const [ada, bob] = [member(), member()]
  rooms.join('a', ada)
  rooms.join('a', bob)
  rooms.leave('a', ada)
  const message = counted()
  rooms.broadcast('a', message)
  rooms.leave('a', bob)
  rooms.leave('never there', bob)
  rooms.broadcast('a', message)
  expect([ada.heard, bob.heard, message.encoded]).toEqual([[], ['{"type":"ping","n":1}'], 1])
})
