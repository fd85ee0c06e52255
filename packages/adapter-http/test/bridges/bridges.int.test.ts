import { once } from 'node:events'
import { connect } from 'node:net'
import { createPresence, memoryStore, type Presence } from '@rollcall/core'
import { afterAll, describe, expect, it, vi } from 'vitest'
import type { HttpOptions } from '../../src/index.ts'
import { authenticate } from '../served.ts'
import { type Bridge, type Mounting, OWN_ANSWER, OWN_ROUTE, PREFIX } from './bridge.ts'
import { expressBridge } from './express.ts'
import { fastifyBridge } from './fastify.ts'
import { honoBridge } from './hono.ts'
import { koaBridge } from './koa.ts'
import { nextBridge } from './next.ts'
import { endless, slow } from './streams.ts'

// One more route, whose answer is a stream: what passes it on is the bridge, whatever the stream is for.
vi.mock(import('../../src/routes/index.ts'), async (original) => {
  const { createRoutes } = await original()
  const { streamRoutes } = await import('./streams.ts')
  return {
    createRoutes(...parts) {
      const group = createRoutes(...parts)
      return { ...group, routes: [...group.routes, ...streamRoutes] }
    },
  }
})

const BRIDGES: readonly Bridge[] = [expressBridge, koaBridge, fastifyBridge, honoBridge, nextBridge]

interface Site extends AsyncDisposable {
  readonly presence: Presence
  readonly refused: string[]
  fetch(path: string, init?: RequestInit & { readonly as?: string | null }): Promise<Response>
  readonly origin: string
  /** Requests that were authenticated. */
  readonly asked: number
}

describe.each(BRIDGES)('$name', ({ name, run, stop, lacks = [] }) => {
  afterAll(stop ?? (() => {}))

  const site = async (
    given: Omit<Partial<Mounting>, 'options'> & { readonly options?: Partial<HttpOptions> } = {},
  ): Promise<Site> => {
    const presence = createPresence({ store: memoryStore(), access: { isAdmin: ({ userId }) => userId === 'root' } })
    await presence.start()
    const refused: string[] = []
    presence.on('refused', ({ code, kind }) => refused.push(`${code} ${kind}`))
    let asked = 0
    const counting: HttpOptions['authenticate'] = (credentials) => {
      asked++
      return authenticate(credentials)
    }
    const options = { authenticate: counting, ...given.options }
    const { origin, close } = await run({
      prefixed: false,
      parsed: false,
      touching: false,
      ...given,
      presence,
      options,
    })
    return {
      presence,
      refused,
      origin,
      get asked() {
        return asked
      },
      fetch(path, { as = 'ada', ...init } = {}) {
        const headers = new Headers(init.headers)
        if (as !== null) headers.set('authorization', `Bearer ${as}`)
        if (init.body !== undefined && !headers.has('content-type')) headers.set('content-type', 'application/json')
        return fetch(`${origin}${path}`, { ...init, headers })
      },
      async [Symbol.asyncDispose]() {
        await close()
        await presence.stop()
      },
    }
  }

  it('answers below /presence, and leaves the rest to the application', async () => {
    await using server = await site()
    const beat = await server.fetch('/presence/heartbeat', { method: 'POST' })
    expect([beat.status, beat.headers.get('cache-control')]).toEqual([200, 'no-store'])
    expect(await beat.json()).toEqual({ counted: true, leaseMs: 90_000 })
    expect(await (await server.fetch('/presence/users/ada')).json()).toMatchObject({ userId: 'ada', status: 'online' })
    expect(await (await server.fetch(OWN_ROUTE)).text()).toBe(OWN_ANSWER)
  })

  it('answers below the prefix that it is mounted under, and nowhere else', async () => {
    await using server = await site({ prefixed: true })
    expect((await server.fetch(`${PREFIX}/heartbeat`, { method: 'POST' })).status).toBe(200)
    const document = (await (await server.fetch(`${PREFIX}/openapi.json`)).json()) as { paths: object }
    expect(Object.keys(document.paths)).toContain(`${PREFIX}/heartbeat`)
    expect(await (await server.fetch(OWN_ROUTE)).text()).toBe(OWN_ANSWER)
    const other = await server.fetch('/presence/heartbeat', { method: 'POST' })
    expect(other.headers.get('content-type') ?? '').not.toContain('application/problem+json')
  })

  it('takes a base path below the prefix', async () => {
    await using server = await site({ prefixed: true, options: { basePath: '/who' } })
    expect((await server.fetch(`${PREFIX}/who/me`)).status).toBe(200)
  })

  it('reads a body, with its query and its parameters as they were written', async () => {
    await using server = await site()
    const userIds = ['ada', 'grace/ü %2F?', 'a'.repeat(256)]
    const users = await server.fetch('/presence/users', {
      method: 'POST',
      body: JSON.stringify({ userIds }),
      as: 'root',
    })
    const batch = (await users.json()) as { users: { userId: string }[] }
    expect(batch.users.map(({ userId }) => userId)).toEqual(userIds)
    const one = await server.fetch(`/presence/users/${encodeURIComponent('grace/ü %2F?')}?x=%3F`, { as: 'root' })
    expect(await one.json()).toMatchObject({ userId: 'grace/ü %2F?' })
    const page = await server.fetch('/presence/online?space=room&limit=1001')
    expect([page.status, ((await page.json()) as { details: { field: string } }).details.field]).toEqual([400, 'limit'])
  })

  // Where nobody can read a body before the handler does there is nothing to test.
  if (!lacks.includes('parsed')) {
    it('reads a body that the application has parsed already', async () => {
      await using server = await site({ parsed: true })
      const body = JSON.stringify({ text: 'au café ☕', forMs: 60_000 })
      expect((await server.fetch('/presence/me/message', { method: 'PUT', body })).status).toBe(204)
      expect(await (await server.fetch('/presence/me')).json()).toMatchObject({ message: { text: 'au café ☕' } })
      expect((await server.fetch('/presence/heartbeat', { method: 'POST' })).status).toBe(200)
    })
  }

  it('answers HEAD as GET, without a body', async () => {
    await using server = await site()
    const head = await server.fetch('/presence/me', { method: 'HEAD' })
    expect([head.status, head.headers.get('cache-control'), await head.text()]).toEqual([200, 'no-store', ''])
  })

  it('refuses what is too long, whether its length was declared or not', async () => {
    await using server = await site()
    const text = JSON.stringify({ text: 'x'.repeat(20_000) })
    const declared = await server.fetch('/presence/me/message', { method: 'PUT', body: text })
    expect([declared.status, declared.headers.get('content-type')]).toEqual([413, 'application/problem+json'])
    const chunked = new ReadableStream({
      async start(controller) {
        for (let at = 0; at < text.length; at += 1000)
          controller.enqueue(new TextEncoder().encode(text.slice(at, at + 1000)))
        controller.close()
      },
    })
    const init = { method: 'PUT', body: chunked, duplex: 'half', headers: { 'content-type': 'application/json' } }
    expect((await server.fetch('/presence/me/message', init as RequestInit)).status).toBe(413)
    expect(server.refused).toEqual(['limit-exceeded setMyMessage', 'limit-exceeded setMyMessage'])
  })

  it('refuses a body that ends before it is whole, and goes on', async () => {
    await using server = await site()
    const { hostname, port } = new URL(server.origin)
    const socket = connect(Number(port), hostname)
    const head = [
      'PUT /presence/me/message HTTP/1.1',
      'Host: x',
      'Authorization: Bearer ada',
      'Content-Type: application/json',
    ]
    socket.write(`${head.join('\r\n')}\r\nContent-Length: 100\r\n\r\n{"text":`)
    // Only once the route reads it is it cut.
    await vi.waitFor(() => expect(server.asked).toBeGreaterThan(0), 5000)
    socket.destroy()
    await vi.waitFor(() => expect(server.refused).toEqual(['bad-message setMyMessage']), 5000)
    expect((await server.fetch('/presence/me')).status).toBe(200)
  })

  it.each(['TRACE', 'PROPFIND'])('answers %s, and goes on', async (method) => {
    await using server = await site()
    const { hostname, port } = new URL(server.origin)
    const socket = connect(Number(port), hostname)
    let text = ''
    const answered = new Promise<void>((resolve) => {
      socket.on('data', (data) => {
        text += data
        if (text.includes('\r\n\r\n')) resolve()
      })
      socket.on('close', () => resolve())
    })
    socket.write(`${method} /presence/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ada\r\n\r\n`)
    await answered
    socket.destroy()
    const [, status = ''] = /^HTTP\/1\.1 (\d+)/.exec(text) ?? []
    // Frameworks that route by method know neither.
    if (name === 'Fastify') expect(status).toBe('404')
    else if (name === 'Express' || name === 'Koa') {
      expect(status).toBe('405')
      expect(text).toContain('application/problem+json')
      expect(server.refused).toEqual(['method-not-allowed http'])
    } else expect(status).toMatch(/^[45]/)
    expect((await server.fetch('/presence/me')).status).toBe(200)
  })

  it('hands the framework’s own request to authenticate', async () => {
    const contexts: unknown[] = []
    const spying = (credentials: Parameters<HttpOptions['authenticate']>[0]) => {
      contexts.push(credentials.context)
      return { userId: 'ada' }
    }
    await using server = await site({ options: { authenticate: spying } })
    expect((await server.fetch('/presence/me', { as: null })).status).toBe(200)
    expect(contexts).toEqual([expect.any(Object)])
  })

  it('passes on a stream as it comes', async () => {
    await using server = await site()
    const response = await server.fetch('/presence/test/slow')
    expect([response.headers.get('content-type'), response.headers.get('cache-control')]).toEqual([
      'text/event-stream',
      'no-store',
    ])
    const reader = (response.body as ReadableStream<Uint8Array>).getReader()
    // Each piece is sent only once the one before has come.
    for (let piece = 0; piece < 5; piece++) {
      if (piece > 0) slow.next(piece)
      const { value } = await reader.read()
      expect(new TextDecoder().decode(value)).toBe(`piece ${piece}\n`)
    }
    slow.end()
    expect((await reader.read()).done).toBe(true)
  })

  it('tells the handler that the client has gone', async () => {
    await using server = await site()
    const aborter = new AbortController()
    const began = once(endless, 'began')
    const response = await server.fetch('/presence/test/endless', { signal: aborter.signal })
    const [signal] = (await began) as [AbortSignal]
    await response.body?.getReader().read()
    expect(signal.aborted).toBe(false)
    const cancelled = once(endless, 'cancelled')
    aborter.abort()
    await cancelled
    await vi.waitFor(() => expect(signal.aborted).toBe(true), 5000)
  })

  it('does not fill memory for a client that reads nothing', async () => {
    await using server = await site()
    const { hostname, port } = new URL(server.origin)
    const socket = connect(Number(port), hostname)
    const before = endless.produced
    const cancelled = once(endless, 'cancelled')
    socket.write('GET /presence/test/endless?fast HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ada\r\n\r\n')
    socket.pause()
    // Production stops once the buffers between are full: nothing more comes in ten turns of looking.
    let last = -1
    let still = 0
    await vi.waitFor(
      () => {
        const now = endless.produced - before
        still = now > 0 && now === last ? still + 1 : 0
        last = now
        expect(still).toBeGreaterThan(10)
      },
      { timeout: 20_000, interval: 50 },
    )
    expect(last).toBeLessThan(64 * 1024 * 1024)
    socket.destroy()
    await cancelled
  })

  it('counts requests as activity, and answers them no matter what comes of it', async () => {
    await using server = await site({ touching: true })
    expect(await (await server.fetch('/counted', { as: null })).text()).toBe(OWN_ANSWER)
    await vi.waitFor(async () => expect((await server.presence.get('grace')).status).toBe('online'), 5000)
  })
})
