import { SOCKETIO_EVENT } from '@rollcall/core/protocol'
import { expect, it } from 'vitest'
import { runningServer } from './running-server.ts'

it('a thousand malformed and oversized messages are counted, and cost nobody else anything', async () => {
  await using server = await runningServer({
    prepare: (io) => io.on('connection', (socket) => socket.on('echo', (answer: () => void) => answer())),
  })
  const bob = await server.page()
  bob.hello('bob')
  await bob.next('welcome')
  const mallory = await server.page()
  mallory.hello('mallory')
  await mallory.next('welcome')
  const noise: readonly unknown[] = [
    null,
    'hello',
    [[[[]]]],
    { type: 'state', id: 1, space: 'room', state: 'x'.repeat(20_000) },
    { type: 'enter', id: -1, space: '' },
    JSON.parse('{"type":"state","id":1,"space":"room","state":{"__proto__":{"polluted":true}}}'),
    { type: 'watch', id: 1, topics: Array.from({ length: 2000 }, () => ({ topic: 'user:x' })) },
    Buffer.from('binary'),
    { type: 'claim', id: 1, status: 'busy', forMs: 1e300 },
    { type: 'hello', version: 'one', token: 7 },
  ]
  for (let i = 0; i < 1000; i++) mallory.send(noise[i % noise.length])
  // Without any argument, and with an acknowledgement that nobody calls.
  mallory.socket.emit(SOCKETIO_EVENT)
  mallory.socket.emit(SOCKETIO_EVENT, { type: 'active' }, () => {})
  expect((await mallory.next('bye')).reason).toBe('overloaded')
  bob.send({ type: 'claim', id: 1, status: 'busy' })
  expect((await bob.next('ack')).id).toBe(1)
  expect(mallory.socket.connected).toBe(true)
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  // The application's own message comes after all the others.
  await mallory.socket.emitWithAck('echo')
  const counted = [...server.refusals.values()].reduce((sum, count) => sum + count, 0)
  expect(counted).toBeGreaterThanOrEqual(1000)
  expect(server.refusals.get('bad-message')).toBeGreaterThan(100)
  expect(server.refusals.get('limit-exceeded')).toBeGreaterThan(50)
})

it('what one may not see is refused on a real socket too', async () => {
  await using server = await runningServer()
  const eve = await server.page()
  eve.hello('eve')
  await eve.next('welcome')
  eve.send({ type: 'watch', id: 1, topics: [{ topic: 'space:secret' }] })
  expect(await eve.next('error')).toMatchObject({ id: 1, code: 'forbidden', details: { topics: ['space:secret'] } })
  eve.send({ type: 'enter', id: 2, space: 'secret' })
  expect(await eve.next('error')).toMatchObject({ id: 2, code: 'forbidden' })
  eve.send({ type: 'query', id: 3, query: { kind: 'list', space: 'secret' } })
  expect(await eve.next('error')).toMatchObject({ id: 3, code: 'forbidden' })
  expect(server.refusals.get('forbidden')).toBe(3)
})
