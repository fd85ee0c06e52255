import { describe, expect, it } from 'vitest'
import { Outbox } from '../src/outbox.ts'

const MAX = 1000

/** A socket whose peer reads when it is told to. */
function slowSocket() {
  const waiting: { readonly bytes: number; readonly text: string; sent: (error?: Error) => void }[] = []
  const read: string[] = []
  return {
    read,
    socket: {
      get bufferedAmount() {
        return waiting.reduce((sum, { bytes }) => sum + bytes, 0)
      },
      send(data: Buffer, _options: object, sent: (error?: Error) => void = () => {}) {
        waiting.push({ bytes: data.length, text: data.toString('utf8', 0, 10).trim(), sent })
      },
    },
    /** The peer reads so many frames. */
    drain(frames = waiting.length) {
      for (const { text, sent } of waiting.splice(0, frames)) {
        read.push(text)
        sent()
      }
    },
    fail() {
      for (const { sent } of waiting.splice(0)) sent(new Error('the line is cut'))
    },
  }
}

function outboxOf(maxBuffered = MAX) {
  const line = slowSocket()
  const told: string[] = []
  const outbox = new Outbox(line.socket as never, maxBuffered, {
    onDrained: () => told.push('drained'),
    onOverflow: () => told.push('overflow'),
  })
  return { ...line, told, outbox }
}

/** A frame of so many bytes that begins with its name. */
const frame = (name: string, bytes: number) => Buffer.from(name.padEnd(bytes))

describe('what is broadcast', () => {
  it('waits while there is room, then is dropped, and told of once all that waits is read', () => {
    const { outbox, socket, drain, told, read } = outboxOf()
    for (let i = 0; i < 20; i++) outbox.offer(frame(`d${i}`, 300))
    expect(socket.bufferedAmount).toBe(1200)
    drain(3)
    outbox.offer(frame('late', 300))
    expect([told, socket.bufferedAmount]).toEqual([[], 300])
    drain()
    expect(told).toEqual(['drained'])
    outbox.offer(frame('fresh', 300))
    drain()
    expect(read).toEqual(['d0', 'd1', 'd2', 'd3', 'fresh'])
    expect(told).toEqual(['drained'])
  })

  it('that just fits is not missed: nothing is told', () => {
    const { outbox, drain, told, read } = outboxOf()
    for (let i = 0; i < 4; i++) outbox.offer(frame(`d${i}`, 300))
    drain()
    expect(read).toHaveLength(4)
    expect(told).toEqual([])
  })

  it('is of no more concern when the line is cut', () => {
    const { outbox, fail, told } = outboxOf()
    for (let i = 0; i < 20; i++) outbox.offer(frame(`d${i}`, 300))
    fail()
    expect(told).toEqual([])
  })
})

describe('a large snapshot', () => {
  it('goes out whatever its size, and what follows has room behind it', () => {
    const { outbox, socket, drain, told, read } = outboxOf()
    outbox.offer(frame('before', 900))
    outbox.offerWhole(frame('whole', 50_000))
    for (let i = 0; i < 20; i++) outbox.offer(frame(`d${i}`, 300))
    expect(socket.bufferedAmount).toBe(900 + 50_000 + 1200)
    outbox.push(frame('answer', 300))
    drain()
    expect(told).toEqual(['drained'])
    expect(read).toEqual(['before', 'whole', 'd0', 'd1', 'd2', 'd3', 'answer'])
  })

  it('is not followed by another one for ever: diffs that fit behind it are not dropped', () => {
    const { outbox, drain, told } = outboxOf()
    for (let round = 0; round < 10; round++) {
      outbox.offerWhole(frame('whole', 50_000))
      for (let i = 0; i < 3; i++) outbox.offer(frame(`d${i}`, 300))
      drain()
    }
    expect(told).toEqual([])
  })

  it('leaves no more room once it is read', () => {
    const { outbox, socket, drain } = outboxOf()
    outbox.offerWhole(frame('whole', 50_000))
    drain()
    for (let i = 0; i < 100; i++) outbox.offer(frame(`d${i}`, 300))
    expect(socket.bufferedAmount).toBe(1200)
  })

  it('asked for again and again by one who does not read waits twice at most', () => {
    const { outbox, socket, told } = outboxOf()
    for (let i = 0; i < 100; i++) outbox.offerWhole(frame('whole', 50_000))
    expect(socket.bufferedAmount).toBe(100_000)
    expect(told).toEqual([])
  })
})

describe('an answer', () => {
  it('goes out behind what waits, up to four times as much; then the connection is given up', () => {
    const { outbox, socket, told } = outboxOf()
    for (let i = 0; i < 20; i++) outbox.offer(frame(`d${i}`, 300))
    for (let i = 0; i < 10; i++) outbox.push(frame(`a${i}`, 300))
    expect([socket.bufferedAmount, told]).toEqual([1200 + 3000, []])
    outbox.push(frame('one more', 300))
    expect([socket.bufferedAmount, told]).toEqual([1200 + 3000, ['overflow']])
  })

  it('that fills the room holds broadcasts back as they do each other', () => {
    const { outbox, drain, told, read } = outboxOf()
    for (let i = 0; i < 4; i++) outbox.push(frame(`a${i}`, 300))
    outbox.offer(frame('d', 300))
    drain()
    expect(read).toEqual(['a0', 'a1', 'a2', 'a3'])
    expect(told).toEqual(['drained'])
  })
})
