import { SOCKETIO_EVENT } from '@rollcall/core/protocol'
import type { Server } from 'socket.io'
import { describe, expect, it } from 'vitest'
import { attachSocketIO } from '../src/index.ts'
import { authenticate, runningServer } from './running-server.ts'

/** An application that lets its clients join rooms, and greets. */
const chat = (io: Server) =>
  io.on('connection', (socket) => {
    socket.on('join', async (room: string, done: () => void) => {
      await socket.join(room)
      done()
    })
    socket.on('say', (room: string, text: string) => io.to(room).emit('said', text))
    socket.on('rooms', (answer: (rooms: string[]) => void) =>
      answer([...socket.rooms].filter((room) => room !== socket.id)),
    )
  })

describe('the application’s own', () => {
  it('events and rooms stay what they were, whatever their names', async () => {
    await using server = await runningServer({ prepare: chat })
    const ada = await server.page()
    const bob = await server.page()
    ada.hello('ada')
    await ada.next('welcome')
    ada.send({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }] })
    await ada.next('snapshot')
    // The same name that the engine gives its room, without the prefix.
    await bob.socket.emitWithAck('join', 'others|space:room')
    const said = new Promise((resolve) => bob.socket.once('said', resolve))
    const heard: string[] = []
    ada.socket.on('said', (text) => heard.push(text))
    ada.socket.emit('say', 'others|space:room', 'hello')
    expect(await said).toBe('hello')
    await ada.settled()
    expect(heard).toEqual([])
    // Who says nothing to presence hears nothing of it.
    const eve = await server.page()
    eve.hello('eve')
    await ada.next('diff')
    await bob.socket.emitWithAck('rooms')
    expect(bob.heard).toEqual([])
  })

  it('listeners of every event go on to hear ours, and middleware may drop it', async () => {
    const events: string[] = []
    await using server = await runningServer({
      prepare: (io) =>
        io.on('connection', (socket) => {
          socket.onAny((event) => events.push(event))
          socket.use(([event], next) => (event === 'blocked' ? next(new Error('no')) : next()))
        }),
    })
    const ada = await server.page()
    ada.hello('ada')
    await ada.next('welcome')
    expect(events).toEqual([SOCKETIO_EVENT])
  })

  it('other namespaces know nothing of presence in one of them', async () => {
    await using server = await runningServer({ target: (io) => io.of('/chat'), prepare: chat })
    const there = await server.page({ namespace: '/chat' })
    there.hello('ada')
    expect((await there.next('welcome')).userId).toBe('ada')
    const here = await server.page()
    here.hello('bob')
    await here.socket.emitWithAck('rooms')
    expect(here.heard).toEqual([])
    expect(server.presence.held).toBe(1)
  })

  it('sockets that were there before are served', async () => {
    await using server = await runningServer()
    const late = server.io.of('/late')
    const page = await server.page({ namespace: '/late' })
    await using attachment = Object.assign(await attachSocketIO(late, server.presence, { authenticate }), {
      async [Symbol.asyncDispose]() {
        attachment.close()
      },
    })
    page.hello('ada')
    expect((await page.next('welcome')).userId).toBe('ada')
  })
})

describe('taking presence off', () => {
  it('tells the clients, touches no socket, and leaves nothing behind', async () => {
    await using server = await runningServer({ prepare: chat })
    const ada = await server.page()
    ada.hello('ada')
    await ada.next('welcome')
    ada.send({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }] })
    await ada.next('ack')
    await ada.socket.emitWithAck('join', 'mine')
    server.attachment.close()
    expect(await ada.next('bye')).toMatchObject({ reason: 'draining' })
    expect(ada.socket.connected).toBe(true)
    expect(await ada.socket.emitWithAck('rooms')).toEqual(['mine'])
    const [socket] = server.io.of('/').sockets.values()
    expect(socket?.listenerCount(SOCKETIO_EVENT)).toBe(0)
    expect(server.io.of('/').listenerCount('connection')).toBe(1)
    const before = ada.heard.length
    ada.hello('ada')
    await ada.socket.emitWithAck('rooms')
    expect(ada.heard).toHaveLength(before)
    // Twice is no more than once.
    server.attachment.close()
  })
})

describe('perMessageDeflate', () => {
  it('is warned about once', async () => {
    const warnings: string[] = []
    await using server = await runningServer({
      server: { perMessageDeflate: true },
      logger: { warn: (text) => warnings.push(text) },
    })
    await server.page()
    await server.page()
    expect(warnings).toEqual([expect.stringContaining('perMessageDeflate')])
  })

  it('switched off, as it is by default, is no matter', async () => {
    const warnings: string[] = []
    await using server = await runningServer({ logger: { warn: (text) => warnings.push(text) } })
    await server.page()
    expect(warnings).toEqual([])
  })
})

it('settings that cannot work are refused', async () => {
  await using server = await runningServer()
  const attached = attachSocketIO(server.io.of('/other'), server.presence, {} as never)
  await expect(attached).rejects.toMatchObject({ code: 'invalid-option' })
})
