import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isServerMessage } from '../../src/protocol.ts'
import { serverMessage } from './server-messages.ts'

const ada = { userId: 'ada', status: 'online', statusSince: 1, lastSeenAt: null, message: null, spaces: [] }
const sequence = { generation: 'g', n: 1 }

describe('isServerMessage', () => {
  it('takes every message of the protocol', () => {
    fc.assert(
      fc.property(serverMessage, (message) => isServerMessage(message)),
      { numRuns: 500 },
    )
  })

  it('takes one that a newer server says more in', () => {
    fc.assert(
      fc.property(serverMessage, fc.string(), fc.jsonValue(), (message, key, value) => {
        fc.pre(!(key in message))
        return isServerMessage({ ...message, [key]: value })
      }),
    )
  })

  it('answers whatever comes, and throws nothing', () => {
    fc.assert(
      fc.property(
        fc.anything({ withNullPrototype: true, withBigInt: true, withDate: true, withMap: true }),
        (value) => {
          expect(isServerMessage(value)).toBe(false)
        },
      ),
    )
  })

  it('refuses a message in which something a client reads was replaced by nonsense', () => {
    const paths: readonly [object, readonly (string | number)[]][] = [
      [{ type: 'ping', n: 1 }, ['n']],
      [{ type: 'ack', id: 1 }, ['id']],
      [{ type: 'error', code: 'x', message: 'y', id: 1, retryAfterMs: 1 }, ['id']],
      [{ type: 'error', code: 'x', message: 'y', id: 1, retryAfterMs: 1 }, ['retryAfterMs']],
      [{ type: 'bye', reason: 'kicked' }, ['reason']],
      [{ type: 'diff', topic: 'user:a', sequence, set: [ada], gone: [] }, ['set']],
      [{ type: 'diff', topic: 'user:a', sequence, set: [ada], gone: [] }, ['set', 0]],
      [{ type: 'diff', topic: 'user:a', sequence, set: [ada], gone: [] }, ['set', 0, 'userId']],
      [{ type: 'diff', topic: 'user:a', sequence, set: [ada], gone: [] }, ['set', 0, 'status']],
      [{ type: 'diff', topic: 'user:a', sequence, set: [ada], gone: [] }, ['set', 0, 'spaces']],
      [{ type: 'diff', topic: 'user:a', sequence, set: [ada], gone: ['b'] }, ['gone', 0]],
      [{ type: 'diff', topic: 'user:a', sequence, set: [ada], gone: [] }, ['sequence']],
      [{ type: 'diff', topic: 'user:a', sequence, set: [ada], gone: [] }, ['sequence', 'n']],
      [
        { type: 'snapshot', topics: [{ topic: 'user:a', sequence, mode: 'list', users: [ada], counts: null }] },
        ['topics'],
      ],
      [
        { type: 'snapshot', topics: [{ topic: 'user:a', sequence, mode: 'list', users: [ada], counts: null }] },
        ['topics', 0, 'users'],
      ],
      [{ type: 'replay', topics: [{ topic: 'user:a', diffs: [] }] }, ['topics', 0, 'diffs']],
      [{ type: 'signal', space: 's', userId: 'u', name: 'n', data: null, forMs: 1 }, ['forMs']],
    ]
    for (const [message, path] of paths) {
      expect(isServerMessage(message)).toBe(true)
      for (const nonsense of [undefined, {}, [{}], true]) {
        const broken = structuredClone(message)
        let at = broken as Record<string | number, unknown>
        for (const key of path.slice(0, -1)) at = at[key] as typeof at
        at[path.at(-1) as string] = nonsense
        const isOptional = nonsense === undefined && 'code' in message
        expect(isServerMessage(broken), `${path.join('.')} = ${JSON.stringify(nonsense)}`).toBe(isOptional)
      }
    }
  })

  it('knows only the types of the protocol, and none that an object merely inherits', () => {
    for (const type of ['toString', '__proto__', 'constructor', 'hello', ''])
      expect(isServerMessage({ type })).toBe(false)
  })
})
