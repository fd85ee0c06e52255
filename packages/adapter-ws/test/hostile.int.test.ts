import { describe, expect, it } from 'vitest'
import { CLOSE_CODES } from '../src/index.ts'
import { runningServer } from './running-server.ts'

it('a thousand malformed and oversized messages are counted, and cost nobody else anything', async () => {
  await using server = await runningServer()
  const bob = await server.welcomed('bob')
  const mallory = await server.welcomed('mallory')
  const noise: readonly unknown[] = [
    null,
    '',
    'hello',
    '{"type":"hello"',
    '[[[[]]]]',
    { type: 'state', id: 1, space: 'room', state: 'x'.repeat(20_000) },
    { type: 'enter', id: -1, space: '' },
    '{"type":"state","id":1,"space":"room","state":{"__proto__":{"polluted":true}}}',
    { type: 'watch', id: 1, topics: Array.from({ length: 2000 }, () => ({ topic: 'user:x' })) },
    Buffer.from('{"type":"active"}'),
    { type: 'claim', id: 1, status: 'busy', forMs: 1e300 },
    { type: 'hello', version: 'one', token: 7 },
  ]
  for (let i = 0; i < 1000; i++) mallory.send(noise[i % noise.length])
  expect((await mallory.next('bye')).reason).toBe('overloaded')
  expect((await mallory.closed)[0]).toBe(CLOSE_CODES.bye)
  bob.send({ type: 'claim', id: 1, status: 'busy' })
  expect((await bob.next('ack')).id).toBe(1)
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  const counted = [...server.refusals.values()].reduce((sum, count) => sum + count, 0)
  expect(counted).toBeGreaterThanOrEqual(1000)
  expect(server.refusals.get('bad-message')).toBeGreaterThan(100)
  expect(server.refusals.get('limit-exceeded')).toBeGreaterThan(50)
  await server.hasLeft(1)
})

describe('a frame that cannot be a message', () => {
  it.each<[string, unknown, object]>([
    ['of bytes', Buffer.from('{"type":"active"}'), { code: 'bad-message' }],
    ['that is no JSON', '{"type":"active"', { code: 'bad-message' }],
    ['without anything', '', { code: 'bad-message' }],
    [
      'above the limit',
      { type: 'state', id: 7, space: 'room', state: 'x'.repeat(17_000) },
      { code: 'limit-exceeded', id: 7, details: { limit: 16_384 } },
    ],
  ])('%s is answered with a typed error, counted, and costs no connection', async (_, frame, answer) => {
    await using server = await runningServer()
    const ada = await server.welcomed('ada')
    ada.send(frame)
    expect(await ada.next('error')).toMatchObject(answer)
    ada.send({ type: 'claim', id: 1, status: 'busy' })
    expect((await ada.next('ack')).id).toBe(1)
    expect([...server.refusals.values()]).toEqual([1])
  })

  it.each<[string, (send: (frame: Buffer, options: { binary: boolean }) => void) => void, number, string]>([
    ['many times too large', (send) => send(Buffer.alloc(70_000, 120), { binary: false }), 1009, 'limit-exceeded'],
    ['of bad UTF-8', (send) => send(Buffer.from([0x22, 0xff, 0x22]), { binary: false }), 1007, 'bad-message'],
  ])('%s ends the connection with a grace, counted', async (_, act, code, refusal) => {
    await using server = await runningServer()
    const mallory = await server.welcomed('mallory')
    act((frame, options) => mallory.socket.send(frame, options))
    expect((await mallory.closed)[0]).toBe(code)
    expect(server.refusals.get(refusal)).toBe(1)
    await server.hasLeft(0)
    expect((await server.presence.get('mallory', { as: 'admin' })).connections).toMatchObject([{ phase: 'lost' }])
  })

  it('against the rules of WebSocket ends the connection with a grace, counted', async () => {
    await using server = await runningServer()
    const mallory = await server.welcomed('mallory')
    const line = (mallory.socket as unknown as { readonly _socket: NodeJS.WritableStream })._socket
    // An opcode that there is not, unmasked too.
    line.write(Buffer.from([0x83, 0x01, 0x61]))
    expect((await mallory.closed)[0]).toBe(1002)
    expect(server.refusals.get('bad-message')).toBe(1)
    await server.hasLeft(0)
    expect((await server.presence.get('mallory', { as: 'admin' })).connections).toMatchObject([{ phase: 'lost' }])
  })
})

it('what one may not see is refused', async () => {
  await using server = await runningServer()
  const eve = await server.welcomed('eve')
  eve.send({ type: 'watch', id: 1, topics: [{ topic: 'space:secret' }] })
  expect(await eve.next('error')).toMatchObject({ id: 1, code: 'forbidden', details: { topics: ['space:secret'] } })
  eve.send({ type: 'enter', id: 2, space: 'secret' })
  expect(await eve.next('error')).toMatchObject({ id: 2, code: 'forbidden' })
  eve.send({ type: 'query', id: 3, query: { kind: 'list', space: 'secret' } })
  expect(await eve.next('error')).toMatchObject({ id: 3, code: 'forbidden' })
  expect(server.refusals.get('forbidden')).toBe(3)
})
