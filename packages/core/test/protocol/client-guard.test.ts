import { describe, expect, it } from 'vitest'
import { parseClientMessage } from '../../src/protocol/client-guard.ts'
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts'

const parse = (raw: unknown) => parseClientMessage(raw, DEFAULT_LIMITS)

const nested = (depth: number): unknown => {
  let value: unknown = 0
  for (let i = 0; i < depth; i++) value = [value]
  return value
}

describe('a refusal', () => {
  it('names the value, the limit and the remedy', () => {
    expect(parse({ type: 'enter', id: 7, space: 'x'.repeat(300) })).toEqual({
      ok: false,
      code: 'limit-exceeded',
      message: 'space has 300 bytes, the limit is 256; send less',
      details: { field: 'space', size: 300, limit: 256 },
      kind: 'enter',
      id: 7,
    })
  })

  it('says what kind of message it was, and which one it answers', () => {
    expect(parse({ type: 'claim', id: 3, status: 'sleeping' })).toMatchObject({ kind: 'claim', id: 3 })
    expect(parse({ type: 'claim', id: -3, status: 'sleeping' })).toMatchObject({ kind: 'claim', id: null })
    expect(parse({ type: 'constructor', id: 3 })).toMatchObject({ kind: null, id: 3 })
  })

  it('repeats no more than the beginning of a long value', () => {
    const result = parse({ type: 'leave', scope: 'x'.repeat(5000) })
    expect(result.ok ? '' : result.message.length).toBeLessThan(150)
  })
})

describe('what is refused', () => {
  const refused: readonly (readonly [string, unknown, string])[] = [
    ['what is no object', 'hello', 'bad-message'],
    ['an array', [{ type: 'active' }], 'bad-message'],
    ['an unknown type', { type: 'shutdown' }, 'bad-message'],
    ['a type inherited by every object', { type: 'toString' }, 'bad-message'],
    ['a type that is no string', { type: ['active'] }, 'bad-message'],
    ['more than 16 KiB', { type: 'token', token: 'x'.repeat(16 * 1024) }, 'limit-exceeded'],
    ['more than 16 KiB of two-byte characters', { type: 'token', token: 'é'.repeat(9000) }, 'limit-exceeded'],
    ['more than 16 KiB in a field nobody reads', { type: 'active', extra: 'x'.repeat(17_000) }, 'limit-exceeded'],
    [
      'a key __proto__',
      JSON.parse('{"type":"state","id":1,"space":"a","state":{"__proto__":{"admin":true}}}'),
      'bad-message',
    ],
    ['a key __proto__ at the top', JSON.parse('{"type":"active","__proto__":{"admin":true}}'), 'bad-message'],
    ['an empty id', { type: 'exit', id: 1, space: '' }, 'bad-message'],
    ['an id over 256 bytes', { type: 'exit', id: 1, space: 'é'.repeat(129) }, 'limit-exceeded'],
    ['an id with NUL', { type: 'exit', id: 1, space: 'a\0' }, 'bad-message'],
    ['an id with a lone surrogate', { type: 'exit', id: 1, space: 'a\ud83d' }, 'bad-message'],
    ['NUL deep in a state', { type: 'state', id: 1, space: 'a', state: [{ k: '\0' }] }, 'bad-message'],
    ['a state over 2 KiB', { type: 'state', id: 1, space: 'a', state: 'x'.repeat(2047) }, 'limit-exceeded'],
    [
      'a duration that is not finite',
      { type: 'claim', id: 1, status: 'busy', forMs: Number.POSITIVE_INFINITY },
      'bad-message',
    ],
    ['a negative duration', { type: 'claim', id: 1, status: 'busy', forMs: -1 }, 'bad-message'],
    ['a duration over 30 days', { type: 'claim', id: 1, status: 'busy', forMs: 31 * 86_400_000 }, 'limit-exceeded'],
    ['a text over 140 characters', { type: 'message', id: 1, message: { text: '𝄞'.repeat(141) } }, 'limit-exceeded'],
    ['too many topics', { type: 'unwatch', topics: Array.from({ length: 1001 }, () => 'user:a') }, 'limit-exceeded'],
    ['a topic of no known kind', { type: 'unwatch', topics: ['room:a'] }, 'bad-message'],
    ['a topic without a name', { type: 'unwatch', topics: ['user:'] }, 'bad-message'],
    ['nesting deeper than 32', { type: 'state', id: 1, space: 'a', state: nested(32) }, 'limit-exceeded'],
    [
      'nesting that would overflow a stack',
      { type: 'state', id: 1, space: 'a', state: nested(100_000) },
      'limit-exceeded',
    ],
    ['binary data', { type: 'state', id: 1, space: 'a', state: new Uint8Array(8) }, 'bad-message'],
    [
      'a page of more than 1,000',
      { type: 'query', id: 1, query: { kind: 'list', space: 'a', limit: 1001 } },
      'limit-exceeded',
    ],
    ['a message without its id', { type: 'enter', space: 'a' }, 'bad-message'],
  ]
  it.each(refused)('is %s', (_, raw, code) => {
    expect(parse(raw)).toMatchObject({ ok: false, code })
  })

  it('is an object that throws when it is read', () => {
    const hostile = {
      get type() {
        throw new Error('read')
      },
    }
    expect(parse(hostile)).toMatchObject({ ok: false, code: 'bad-message' })
  })
})

describe('what is taken', () => {
  it('leaves out fields the protocol does not have', () => {
    expect(parse({ type: 'active', since: 12, isAdmin: true })).toEqual({ ok: true, message: { type: 'active' } })
  })

  it('is a state of exactly 2 KiB, and an id of exactly 256 bytes', () => {
    const message = { type: 'state', id: 0, space: 'é'.repeat(128), state: 'x'.repeat(2046) }
    expect(parse(message)).toEqual({ ok: true, message })
  })

  it('is a state with keys that merely look dangerous', () => {
    const message = { type: 'state', id: 0, space: 'a', state: { constructor: 'x', prototype: 1 } }
    expect(parse(message)).toEqual({ ok: true, message })
  })
})
