import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Outbox } from '../src/outbox.ts'

const MAX = 1000
const LARGEST = 5000

it('never keeps more than its limits, and tells of whatever it dropped', () => {
  const step = fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constantFrom('push', 'offer'), bytes: fc.integer({ min: 1, max: 400 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('offerWhole'), bytes: fc.integer({ min: 1, max: LARGEST }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('drain'), bytes: fc.integer({ min: 1, max: 8 }) }) },
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const waiting: { readonly bytes: number; sent(): void }[] = []
      let accepted = 0
      const socket = {
        get bufferedAmount() {
          return waiting.reduce((sum, { bytes }) => sum + bytes, 0)
        },
        send(data: Buffer, _: object, sent: () => void = () => {}) {
          accepted++
          waiting.push({ bytes: data.length, sent })
        },
      }
      /** Dropped since it was last told. */
      let missed = 0
      const outbox = new Outbox(socket as never, MAX, {
        onDrained() {
          expect(missed).toBeGreaterThan(0)
          missed = 0
        },
        onOverflow: () => expect(socket.bufferedAmount).toBeGreaterThan(4 * MAX),
      })
      const drain = (frames: number) => {
        for (const { sent } of waiting.splice(0, frames)) sent()
      }
      for (const { kind, bytes } of steps) {
        const before = accepted
        if (kind === 'drain') drain(bytes)
        else outbox[kind as 'push' | 'offer' | 'offerWhole'](Buffer.alloc(bytes))
        if (kind.startsWith('offer') && accepted === before) missed++
        expect(socket.bufferedAmount).toBeLessThanOrEqual(MAX + LARGEST + MAX + LARGEST + 3 * MAX + 400)
      }
      drain(waiting.length)
      expect(missed).toBe(0)
    }),
  )
})
