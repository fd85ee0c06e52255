import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseClientMessage } from '../../src/protocol/client-guard.ts'
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts'
import { clientMessages, mutatedMessages } from './client-messages.ts'
import { clientSchema } from './client-schema.ts'

const readByZod = clientSchema(DEFAULT_LIMITS)

/** `__proto__` is the guard's own rule: zod drops such a key without a word. */
function hasProtoKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  return Object.entries(value).some(([key, item]) => key === '__proto__' || hasProtoKey(item))
}

/** zod follows any nesting down; what is far too deep is not shown to it. */
function isBottomless(value: unknown, depth = 0): boolean {
  if (typeof value !== 'object' || value === null) return false
  return depth > 100 || Object.values(value).some((item) => isBottomless(item, depth + 1))
}

it('takes every message a client sends, as it is', () => {
  fc.assert(
    fc.property(clientMessages, (message) => {
      expect(parseClientMessage(message, DEFAULT_LIMITS)).toEqual({ ok: true, message })
    }),
    { numRuns: 1000 },
  )
})

it('agrees with the zod schema on changed messages, and on what is read from them', { timeout: 30_000 }, () => {
  const seen = { ok: 0, refused: 0 }
  fc.assert(
    fc.property(mutatedMessages, (raw) => {
      const result = parseClientMessage(raw, DEFAULT_LIMITS)
      seen[result.ok ? 'ok' : 'refused']++
      if (hasProtoKey(raw) || isBottomless(raw)) {
        expect(result.ok).toBe(false)
        return
      }
      const twin = readByZod(raw)
      expect(result.ok, result.ok ? 'only zod refuses' : 'only the guard refuses').toBe(twin?.success === true)
      if (result.ok) expect(result.message).toEqual(twin?.data)
    }),
    { numRuns: 5000 },
  )
  // Both outcomes are common, or the test shows little.
  expect(seen.ok).toBeGreaterThan(500)
  expect(seen.refused).toBeGreaterThan(500)
})

it('never throws, whatever it is given', () => {
  const hostile = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withTypedArray: true,
  })
  fc.assert(
    fc.property(hostile, (raw) => {
      expect(parseClientMessage(raw, DEFAULT_LIMITS).ok).toBe(false)
    }),
    { numRuns: 1000 },
  )
})
