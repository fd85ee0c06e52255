import type { ServerMessage } from '@rollcall/core/protocol'
import { describe, expect, it } from 'vitest'
import { createCursor, readCursor, topicsFrom } from '../../src/live/cursor.ts'

const diff = (topic: string, generation: string, n: number) =>
  ({ type: 'diff', topic, sequence: { generation, n }, set: [], gone: [] }) as unknown as ServerMessage

describe('the cursor of a reader', () => {
  it('is written as an event id, and read again from it', () => {
    const cursor = createCursor()
    cursor.move(diff('space:ü, a', 'g1', 4))
    cursor.move(diff('user:ada', 'g2', 1))
    const id = cursor.write()
    expect(id).toMatch(/^[\x21-\x7e]+$/)
    expect(topicsFrom(['space:ü, a', 'user:ada', 'space:b'], readCursor(id))).toEqual([
      { topic: 'space:ü, a', since: { generation: 'g1', n: 4 } },
      { topic: 'user:ada', since: { generation: 'g2', n: 1 } },
      { topic: 'space:b' },
    ])
  })

  it('moves with what is new, and not with what is known or has no place in a topic', () => {
    const cursor = createCursor()
    expect(cursor.move(diff('space:a', 'g', 1))).toBe(true)
    expect(cursor.move(diff('space:a', 'g', 1))).toBe(false)
    expect(cursor.move(diff('space:a', 'h', 1))).toBe(true)
    expect(cursor.move({ type: 'ping', n: 1 })).toBe(false)
  })

  it.each([null, '', '%', '7', 'null', '[7]', '[["a"]]', '[[1,2,3]]', '[["space:a","g","n"]]'])(
    'that cannot be understood (%s) is none',
    (text) => {
      expect(topicsFrom(['space:a'], readCursor(text))).toEqual([{ topic: 'space:a' }])
    },
  )
})
