import { createPresenceClient } from '@rollcall/client'
import { type ClientMessage, SOCKETIO_EVENT } from '@rollcall/core/protocol'
import { io, type Socket } from 'socket.io-client'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { socketio } from '../../src/client.ts'
import { scriptedServer } from './scripted-server.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
})

/** The application's own socket, as it comes: not connected yet. */
function socketTo(url: string, options: object = {}): Socket {
  const socket = io(url, { transports: ['websocket'], forceNew: true, reconnectionDelay: 10, ...options })
  ends.push(() => socket.disconnect())
  return socket
}

/** A transport under test, and all it told. */
function listening(transport: ReturnType<typeof socketio>) {
  const told: string[] = []
  const link = transport.open({
    onOpen: () => told.push('open'),
    onMessage: (message) => told.push(JSON.stringify(message)),
    onClose: (reason) => told.push(`close: ${reason}`),
  })
  ends.push(() => link.close())
  return { told, link }
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 5 })
const PONG: ClientMessage = { type: 'pong', n: 1 }

describe('a borrowed socket', () => {
  it('is told open when it connects, and carries messages both ways under one event', async () => {
    await using server = await scriptedServer()
    const socket = socketTo(server.url)
    const { told, link } = listening(socketio(socket))
    expect(link.send(PONG)).toBe(false)
    await until(() => expect(told).toEqual(['open']))
    expect(link.send(PONG)).toBe(true)
    await until(() => expect(server.heard).toEqual([PONG]))
    server.sockets[0]?.emit(SOCKETIO_EVENT, { type: 'ping', n: 2 })
    server.sockets[0]?.emit('chat', 'not for us')
    await until(() => expect(told).toEqual(['open', '{"type":"ping","n":2}']))
  })

  it('that is connected is told open, but not inside the call', async () => {
    await using server = await scriptedServer()
    const socket = socketTo(server.url)
    await until(() => expect(socket.connected).toBe(true))
    const { told } = listening(socketio(socket))
    expect(told).toEqual([])
    await until(() => expect(told).toEqual(['open']))
  })

  it('reconnects by itself and is told open each time; nothing is delivered late', async () => {
    await using server = await scriptedServer()
    const socket = socketTo(server.url)
    const { told, link } = listening(socketio(socket))
    await until(() => expect(told).toEqual(['open']))
    socket.io.engine.close()
    expect(link.send(PONG)).toBe(false)
    await until(() => expect(told).toHaveLength(3))
    expect([told[0], told[2]]).toEqual(['open', 'open'])
    expect(told[1]).toMatch(/^close: /)
    expect(server.sockets).toHaveLength(2)
    expect(server.heard).toEqual([])
  })

  it('is neither closed nor listened to once the link is closed', async () => {
    await using server = await scriptedServer()
    const socket = socketTo(server.url)
    const application = vi.fn()
    socket.on('connect', application)
    const { told, link } = listening(socketio(socket))
    link.close()
    await until(() => expect(application).toHaveBeenCalledTimes(1))
    expect(told).toEqual([])
    expect(socket.connected).toBe(true)
    expect(socket.listeners(SOCKETIO_EVENT)).toEqual([])
    expect(socket.listeners('connect')).toEqual([application])
  })

  it('a link that is closed before it could be told open is told nothing', async () => {
    await using server = await scriptedServer()
    const socket = socketTo(server.url)
    await until(() => expect(socket.connected).toBe(true))
    const { told, link } = listening(socketio(socket))
    link.close()
    await Promise.resolve()
    expect(told).toEqual([])
  })

  it('that cannot connect is told closed with the reason', async () => {
    const socket = socketTo('http://127.0.0.1:1')
    const { told } = listening(socketio(socket))
    await until(() => expect(told[0]).toBe('close: websocket error'))
  })
})

describe('a socket of our own', () => {
  it('is opened, closed and opened anew, and never reconnects by itself', async () => {
    await using server = await scriptedServer()
    const transport = socketio({ url: server.url, io, transports: ['websocket'] })
    const first = listening(transport)
    await until(() => expect(first.told).toEqual(['open']))
    server.sockets[0]?.conn.close()
    await until(() => expect(first.told[1]).toMatch(/^close: /))
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(server.sockets).toHaveLength(1)
    first.link.close()
    const second = listening(transport)
    await until(() => expect(second.told).toEqual(['open']))
    second.link.close()
    await until(() => expect(server.ends).toHaveLength(2))
    expect(second.told).toEqual(['open'])
  })

  it('loads socket.io-client itself when it is not given', async () => {
    await using server = await scriptedServer()
    const { told, link } = listening(socketio({ url: server.url, transports: ['websocket'], auth: { token: 't' } }))
    expect(link.send(PONG)).toBe(false)
    await until(() => expect(told).toEqual(['open']))
    expect(server.sockets[0]?.handshake.auth).toEqual({ token: 't' })
    expect(link.send(PONG)).toBe(true)
  })

  it('given up while the package loads is never made', async () => {
    await using server = await scriptedServer()
    const { link } = listening(socketio({ url: server.url, transports: ['websocket'] }))
    link.close()
    await new Promise((resolve) => setTimeout(resolve, 100))
    expect(server.sockets).toEqual([])
  })

  it('that cannot connect is told closed with the reason', async () => {
    const { told } = listening(socketio({ url: 'http://127.0.0.1:1', io, transports: ['websocket'] }))
    await until(() => expect(told).toEqual(['close: websocket error']))
  })
})

describe('the client over Socket.IO', () => {
  it('says hello on each reconnect, also where Socket.IO recovered the connection’s state', async () => {
    await using server = await scriptedServer({ connectionStateRecovery: {} })
    const socket = socketTo(server.url)
    const client = createPresenceClient({ transport: socketio(socket), activity: false, lifecycle: null })
    ends.push(client.dispose)
    expect(await client.connect()).toMatchObject({ status: 'connected' })
    // Recovery needs a message that the client can name.
    server.sockets[0]?.emit('chat', 'hi')
    await new Promise<void>((resolve) => socket.once('chat', () => resolve()))
    socket.io.engine.close()
    await until(() => expect(socket.recovered).toBe(true))
    await until(() => expect(server.heard.filter(({ type }) => type === 'hello')).toHaveLength(2))
    expect(server.heard[1]).toMatchObject({ type: 'hello', resume: 'token' })
  })

  it('is heard when it leaves and closes a socket of its own in one go', async () => {
    await using server = await scriptedServer()
    const client = createPresenceClient({ transport: socketio({ url: server.url, io, transports: ['websocket'] }) })
    ends.push(client.dispose)
    await client.connect()
    client.logout()
    await until(() => expect(server.ends).toHaveLength(1))
    expect(server.heard.at(-1)).toEqual({ type: 'leave', scope: 'session' })
  })

  it('leaves a borrowed socket connected', async () => {
    await using server = await scriptedServer()
    const socket = socketTo(server.url)
    const client = createPresenceClient({ transport: socketio(socket) })
    ends.push(client.dispose)
    await client.connect()
    client.disconnect()
    await until(() => expect(server.heard.at(-1)).toEqual({ type: 'leave', scope: 'connection' }))
    expect(socket.connected).toBe(true)
  })
})
