import { createPresenceClient } from '@rollcall/client'
import type { ServerMessage, TopicSnapshot, WireUser } from '@rollcall/core/protocol'
import { createVirtualClock } from '@rollcall/core/testing'
import { describe, expect, it, vi } from 'vitest'
import { type ServerOptions, WebSocket, WebSocketServer } from 'ws'
import { websocket } from '../src/client.ts'
import { authenticate, type RunningServer, runningServer } from './running-server.ts'

const KIB = 1024
const MAX_BUFFERED = 256 * KIB
/** Sockets on loopback take some MiB before anything waits in the process. */
const SPEAKERS = 10
const TEXT = 'x'.repeat(130)
const UNLIMITED = { burst: 1e9, perSecond: 1e9 }

/** Users whose messages change all the time, and somebody who watches them over a line whose ends are known. */
async function busyServer(options: Pick<Parameters<typeof runningServer>[0] & object, 'target'> = {}) {
  const clock = createVirtualClock()
  const sockets = new Map<string | null, WebSocket>()
  const server = await runningServer({
    presence: { clock },
    ...options,
    maxBuffered: MAX_BUFFERED,
    // The page does not read, so it cannot answer: what is tested is what becomes of it before it is given up.
    ping: { every: '24h' },
    rateLimits: { query: UNLIMITED, patience: UNLIMITED },
    authenticate: (credentials) => {
      sockets.set(credentials.token, credentials.socket)
      return authenticate(credentials)
    },
  })
  const speakers = Array.from({ length: SPEAKERS }, (_, i) => `speaker-${i}`)
  for (const userId of speakers) await server.welcomed(userId)
  let said = 0
  return {
    server,
    clock,
    /** The server's end of a user's line. */
    lineOf: (userId: string) => sockets.get(userId) as WebSocket,
    /** Every speaker says something new, so many times; each time is one diff. */
    async speak(times: number, afterEach: () => void = () => {}) {
      for (let i = 0; i < times; i++) {
        for (const userId of speakers) void server.presence.setMessage(userId, { text: `${++said} ${TEXT}` })
        await clock.advance(10)
        afterEach()
        // Lets sockets write and read.
        if (i % 50 === 0) await new Promise(setImmediate)
      }
    },
  }
}

/** What a page knows of a space that it folds up from what it heard; throws where something is missing. */
function folded(heard: readonly ServerMessage[]) {
  const users = new Map<string, WireUser>()
  let at: TopicSnapshot['sequence'] | undefined
  for (const message of heard) {
    if (message.type === 'snapshot') {
      const [topic] = message.topics
      if (topic === undefined) continue
      users.clear()
      for (const user of topic.users) users.set(user.userId, user)
      at = topic.sequence
    } else if (message.type === 'diff') {
      if (message.sequence.generation !== at?.generation || message.sequence.n !== at.n + 1)
        throw new Error(`a diff ${JSON.stringify(message.sequence)} follows ${JSON.stringify(at)}`)
      at = message.sequence
      for (const user of message.set) users.set(user.userId, user)
      for (const userId of message.gone) users.delete(userId)
    }
  }
  return [...users.values()].sort((a, b) => (a.userId < b.userId ? -1 : 1))
}

async function freshSnapshot(server: RunningServer, userId: string) {
  const page = await server.welcomed(userId, { watches: true })
  return folded(page.heard)
}

describe('a page that reads nothing', () => {
  it('makes no backlog out of 100,000 changes, and knows everything once it reads again', {
    timeout: 120_000,
  }, async () => {
    const { server, lineOf, speak } = await busyServer()
    await using _ = server
    const eve = await server.welcomed('eve', { watches: true })
    const joe = await server.welcomed('joe', { watches: true })
    eve.socket.pause()
    let most = 0
    let largest = 0
    await speak(10_000, () => {
      most = Math.max(most, lineOf('eve').bufferedAmount)
      largest = Math.max(largest, lineOf('joe').bufferedAmount)
    })
    // It filled up, and then no more: the last frame that went in may be one too many.
    expect(most).toBeGreaterThan(MAX_BUFFERED / 2)
    expect(most).toBeLessThan(MAX_BUFFERED + 16 * KIB)
    // Whoever reads gets everything.
    expect(joe.heard.filter(({ type }) => type === 'diff').length).toBeGreaterThan(9_900)

    const snapshots = () => eve.heard.filter(({ type }) => type === 'snapshot').length
    expect(snapshots()).toBe(1)
    eve.socket.resume()
    while (snapshots() === 1) await new Promise(setImmediate)
    await speak(10)
    await eve.settled()
    expect(snapshots()).toBe(2)
    expect(eve.heard.filter(({ type }) => type === 'diff').length).toBeLessThan(9_000)
    const now = await freshSnapshot(server, 'late')
    await eve.settled()
    expect(folded(eve.heard)).toEqual(now)
    expect(now).toHaveLength(SPEAKERS + 3)
  })

  it('that pauses and reads by turns is always right in the end', { timeout: 120_000 }, async () => {
    const { server, speak, lineOf } = await busyServer()
    await using _ = server
    const eve = await server.welcomed('eve', { watches: true })
    let most = 0
    for (let turn = 0; turn < 3; turn++) {
      eve.socket.pause()
      await speak(3_000, () => {
        most = Math.max(most, lineOf('eve').bufferedAmount)
      })
      eve.socket.resume()
      await speak(100)
    }
    expect(most).toBeLessThan(MAX_BUFFERED + 16 * KIB)
    await eve.settled()
    expect(eve.heard.filter(({ type }) => type === 'snapshot').length).toBeGreaterThan(1)
    const now = await freshSnapshot(server, 'late')
    await eve.settled()
    expect(folded(eve.heard)).toEqual(now)
  })

  it('and goes on asking is cut off, with the grace of a line that broke', { timeout: 120_000 }, async () => {
    const { server, clock, lineOf } = await busyServer()
    await using _ = server
    const mallory = await server.welcomed('mallory')
    const line = lineOf('mallory')
    mallory.socket.pause()
    let most = 0
    for (let id = 1; line.readyState === WebSocket.OPEN && id < 100_000; id++) {
      mallory.send({ type: 'query', id, query: { kind: 'list', space: 'room' } })
      if (id % 100 === 0) {
        await new Promise(setImmediate)
        await clock.settle()
        most = Math.max(most, line.bufferedAmount)
      }
    }
    expect(line.readyState).toBeGreaterThanOrEqual(WebSocket.CLOSING)
    expect(most).toBeGreaterThan(MAX_BUFFERED)
    expect(most).toBeLessThan(4 * MAX_BUFFERED + 16 * KIB)
    await server.hasLeft(SPEAKERS)
    expect(server.refusals.get('limit-exceeded')).toBe(1)
    const { connections } = await server.presence.get('mallory', { as: 'admin' })
    expect(connections).toMatchObject([{ phase: 'lost' }])
  })

  it('and pings without end is cut off too, also where ws has no limit of its own', { timeout: 120_000 }, async () => {
    const { server, lineOf } = await busyServer({
      target: (http) =>
        new WebSocketServer({ server: http, path: '/presence', maxPendingAutoPongs: 0 } as ServerOptions),
    })
    await using _ = server
    const mallory = await server.welcomed('mallory')
    const line = lineOf('mallory')
    mallory.socket.pause()
    const longest = Buffer.alloc(125)
    let most = 0
    for (let i = 0; line.readyState === WebSocket.OPEN && i < 400_000; i++) {
      mallory.socket.ping(longest)
      if (i % 1000 > 0) continue
      await new Promise(setImmediate)
      most = Math.max(most, line.bufferedAmount)
    }
    expect(line.readyState).toBeGreaterThanOrEqual(WebSocket.CLOSING)
    expect(most).toBeLessThan(4 * MAX_BUFFERED + 256 * KIB)
    await server.hasLeft(SPEAKERS)
  })

  it('has a rollcall client that is right in the end', { timeout: 120_000 }, async () => {
    const { server, speak } = await busyServer()
    await using _ = server
    let page: WebSocket | undefined
    class Line extends WebSocket {
      constructor(url: string) {
        super(url)
        page = this
      }
    }
    const transport = websocket({ url: `${server.url}/presence`, WebSocket: Line })
    const client = createPresenceClient({ transport, token: 'eve', storage: null })
    await client.connect()
    const users = client.users({ space: 'room' })
    users.subscribe(() => {})
    await vi.waitFor(() => expect(users.get()).toHaveLength(SPEAKERS + 1), { timeout: 5_000, interval: 5 })
    page?.pause()
    await speak(5_000)
    page?.resume()
    const texts = async () => {
      const now = await server.presence.getMany(users.get().map(({ userId }) => userId))
      return now.map(({ userId, message }) => `${userId} ${message?.text}`)
    }
    const expected = await texts()
    await vi.waitFor(
      () => expect(users.get().map(({ userId, message }) => `${userId} ${message?.text}`)).toEqual(expected),
      { timeout: 20_000, interval: 20 },
    )
    expect(client.connection.get().status).toBe('connected')
    client.dispose()
  })
})
