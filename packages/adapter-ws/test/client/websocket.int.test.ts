import { createPresenceClient } from '@rollcall/client'
import type { ClientMessage, TransportListener } from '@rollcall/core/protocol'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { WebSocket as NodeWebSocket } from 'ws'
import { type WebSocketTransportOptions, websocket } from '../../src/client.ts'
import { scriptedServer } from './scripted-server.ts'

const ends: (() => void)[] = []
afterEach(() => {
  for (const end of ends.splice(0)) end()
  vi.unstubAllGlobals()
})

/** A transport under test, and all it told. */
function listening(options: WebSocketTransportOptions) {
  const told: string[] = []
  const listener: TransportListener = {
    onOpen: () => told.push('open'),
    onMessage: (message) => told.push(JSON.stringify(message)),
    onClose: (reason) => told.push(`close: ${reason}`),
  }
  const link = websocket(options).open(listener)
  ends.push(() => link.close())
  return { told, link }
}

const until = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 5 })
const PONG: ClientMessage = { type: 'pong', n: 1 }

describe.each([
  ['the platform’s WebSocket', {}],
  ['the WebSocket of ws', { WebSocket: NodeWebSocket }],
])('over %s', (_, kind: Pick<WebSocketTransportOptions, 'WebSocket'>) => {
  it('messages travel both ways once it is open', async () => {
    await using server = await scriptedServer()
    const { told, link } = listening({ url: server.url, ...kind })
    expect(link.send(PONG)).toBe(false)
    expect(told).toEqual([])
    await until(() => expect(told).toEqual(['open']))
    expect(link.send(PONG)).toBe(true)
    await until(() => expect(server.heard).toEqual([PONG]))
    server.sockets[0]?.send('{"type":"ping","n":2}')
    await until(() => expect(told).toEqual(['open', '{"type":"ping","n":2}']))
  })

  it('a frame that is no JSON is handed on as it is', async () => {
    await using server = await scriptedServer()
    const { told } = listening({ url: server.url, ...kind })
    await until(() => expect(told).toEqual(['open']))
    server.sockets[0]?.send('{"type":')
    server.sockets[0]?.send(Buffer.from('bytes'))
    server.sockets[0]?.send('null')
    await until(() => expect(told).toHaveLength(4))
    expect([told[1], told[3]]).toEqual(['"{\\"type\\":"', 'null'])
  })

  it('is told why the server closed', async () => {
    await using server = await scriptedServer()
    const told = []
    for (const close of [
      (i: number) => server.sockets[i]?.close(4408, 'no-hello'),
      (i: number) => server.sockets[i]?.close(1001),
      (i: number) => server.sockets[i]?.terminate(),
    ]) {
      const { told: each, link } = listening({ url: server.url, ...kind })
      await until(() => expect(each).toEqual(['open']))
      close(told.length)
      await until(() => expect(each).toHaveLength(2))
      expect(link.send(PONG)).toBe(false)
      told.push(each[1])
    }
    expect(told).toEqual(['close: no-hello (4408)', 'close: closed (1001)', 'close: closed (1006)'])
  })

  it('closes with 1000 after what was sent, and tells nobody afterwards', async () => {
    await using server = await scriptedServer()
    const { told, link } = listening({ url: server.url, ...kind })
    await until(() => expect(told).toEqual(['open']))
    link.send({ type: 'hint' })
    link.close()
    expect(link.send(PONG)).toBe(false)
    server.sockets[0]?.send('{"type":"ping","n":2}')
    await until(() => expect(server.ends).toEqual([1000]))
    expect(server.heard).toEqual([{ type: 'hint' }])
    link.close()
    await new Promise((resolve) => setImmediate(resolve))
    expect(told).toEqual(['open'])
  })

  it('given up while it connects is told nothing', async () => {
    await using server = await scriptedServer()
    const { told, link } = listening({ url: server.url, ...kind })
    link.close()
    const next = listening({ url: server.url, ...kind })
    await until(() => expect(next.told).toEqual(['open']))
    expect(told).toEqual([])
  })

  it('that cannot connect is told closed, once', async () => {
    const { told } = listening({ url: 'ws://127.0.0.1:1', ...kind })
    await until(() => expect(told).toEqual(['close: closed (1006)']))
  })

  it('that gets no upgrade is told closed', async () => {
    await using server = await scriptedServer({ path: '/elsewhere' })
    const { told } = listening({ url: server.url, ...kind })
    await until(() => expect(told).toHaveLength(1))
    expect(told[0]).toMatch(/\(100[26]\)$/)
  })

  it('an address that is none is told closed, not thrown', async () => {
    const { told } = listening({ url: '/presence', ...kind })
    expect(told).toEqual([])
    await until(() => expect(told).toEqual([expect.stringMatching(/^close: TypeError.*Invalid URL/)]))
  })

  it('asks for what it is told to: subprotocols, the query, the page’s own server', async () => {
    await using server = await scriptedServer()
    vi.stubGlobal('location', new URL('/app/page.html#top', server.url))
    const { told } = listening({ url: '/presence?v=2', protocols: ['rollcall'], ...kind })
    await until(() => expect(told).toEqual(['open']))
    expect([server.asked, server.sockets[0]?.protocol]).toEqual([['/presence?v=2'], 'rollcall'])
  })
})

it('goes to wss where the page came over https', async () => {
  const asked: string[] = []
  class Probe extends NodeWebSocket {
    constructor(url: string) {
      super(url)
      asked.push(url)
    }
  }
  vi.stubGlobal('location', new URL('https://127.0.0.1:1/app'))
  const { told } = listening({ url: 'live', WebSocket: Probe })
  await until(() => expect(told).toHaveLength(1))
  expect(asked).toEqual(['wss://127.0.0.1:1/live'])
})

it('where the platform has no WebSocket, that is told', async () => {
  vi.stubGlobal('WebSocket', undefined)
  const { told } = listening({ url: 'ws://127.0.0.1:1' })
  await until(() => expect(told).toEqual([expect.stringMatching(/^close: .*WebSocket/)]))
})

describe('the client over WebSocket', () => {
  const clientOf = (url: string, rest: object = {}) => {
    const client = createPresenceClient({ transport: websocket({ url }), activity: false, storage: null, ...rest })
    ends.push(client.dispose)
    return client
  }

  it('is heard when it leaves and closes in one go', async () => {
    await using server = await scriptedServer()
    const client = clientOf(server.url)
    await client.connect()
    client.logout()
    await until(() => expect(server.ends).toEqual([1000]))
    expect(server.heard.at(-1)).toEqual({ type: 'leave', scope: 'session' })
  })

  it('hints before it closes when the page goes away, and comes back with it', async () => {
    await using server = await scriptedServer()
    let observer: { onLeave(): void; onWake(): void } | undefined
    const lifecycle = {
      visible: true,
      observe(given: typeof observer) {
        observer = given
        return () => {}
      },
    }
    const client = clientOf(server.url, { lifecycle })
    await client.connect()
    observer?.onLeave()
    await until(() => expect(server.ends).toEqual([1000]))
    expect(server.heard.map(({ type }) => type)).toEqual(['hello', 'hint'])
    observer?.onWake()
    await until(() => expect(client.connection.get().status).toBe('connected'))
    expect(server.heard.at(-1)).toMatchObject({ type: 'hello', resume: 'token' })
  })

  it('counts a frame that is no message, and goes on', async () => {
    await using server = await scriptedServer()
    const client = clientOf(server.url)
    await client.connect()
    server.sockets[0]?.send('noise')
    server.sockets[0]?.send('{"type":"ping","n":3}')
    await until(() => expect(server.heard.at(-1)).toEqual({ type: 'pong', n: 3 }))
    expect(client.connection.get().status).toBe('connected')
  })
})
