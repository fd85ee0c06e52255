import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createPresence, memoryStore, type Presence, type PresenceOptions, type Status } from '@rollcall/core'
import { expect, vi } from 'vitest'
import { type Attachment, attachWebSocket, type WebSocketOptions, type WebSocketTarget } from '../src/index.ts'
import { openPage, type Page, type PageOptions } from './page.ts'

export interface RunningServer extends AsyncDisposable {
  readonly http: Server
  /** `ws://127.0.0.1:…`, without a path. */
  readonly url: string
  readonly presence: Presence
  readonly attachment: Attachment
  /** How often each code was refused. */
  readonly refusals: Map<string, number>
  /** A page that is connected. */
  page(options?: PageOptions): Promise<Page>
  /** A page that was welcomed, and watches `space:room` if asked to. */
  welcomed(token: string, options?: { readonly watches?: boolean }): Promise<Page>
  /** Resolves when others see the user so. */
  sees(userId: string, status: Status): Promise<void>
  /** Resolves when the server has so many sockets. */
  hasLeft(size: number): Promise<void>
}

/** `userId` or `userId/sessionId`; `bad…` is refused, `broken` throws. Everybody is granted `room` and `other`. */
export const authenticate: WebSocketOptions['authenticate'] = async ({ token }) => {
  if (token === 'broken') throw new Error('the key server is away')
  if (token === null || token.startsWith('bad')) return null
  const [userId = '', sessionId] = token.split('/')
  return { userId, spaces: ['room', 'other'], ...(sessionId === undefined ? {} : { sessionId }) }
}

/** A real server on loopback with presence attached. */
export async function runningServer(
  options: Partial<WebSocketOptions> & {
    readonly presence?: Partial<PresenceOptions>
    /** What presence is attached to; closed with the server. @default the HTTP server */
    readonly target?: (http: Server) => WebSocketTarget
  } = {},
): Promise<RunningServer> {
  const { presence: presenceOptions, target = (http: Server) => http, ...rest } = options
  const http = createServer()
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const url = `ws://127.0.0.1:${(http.address() as AddressInfo).port}`
  const clock = presenceOptions?.clock
  const store = memoryStore(clock === undefined ? {} : { clock })
  const presence = createPresence({ store, ...presenceOptions })
  await presence.start()
  const refusals = new Map<string, number>()
  presence.on('refused', ({ code }) => refusals.set(code, (refusals.get(code) ?? 0) + 1))
  const attachment = await attachWebSocket(target(http), presence, { authenticate, ...rest })
  const pages: Page[] = []
  const server: RunningServer = {
    http,
    url,
    presence,
    attachment,
    refusals,
    async page({ path = '/presence', ...pageOptions } = {}) {
      const page = await openPage(url + path, pageOptions)
      pages.push(page)
      return page
    },
    async welcomed(token, { watches = false } = {}) {
      const page = await server.page()
      page.hello(token)
      await page.next('welcome')
      if (!watches) return page
      page.send({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }] })
      await page.next('snapshot')
      await page.next('ack')
      return page
    },
    async sees(userId, status) {
      const changed = new Promise<void>((resolve) => {
        presence.on('change', ({ userId: changedId, to }) => {
          if (changedId === userId && to.status === status) resolve()
        })
      })
      if ((await presence.get(userId)).status !== status) await changed
    },
    async hasLeft(size) {
      await vi.waitFor(() => expect(attachment.size).toBe(size), { timeout: 5_000, interval: 5 })
    },
    async [Symbol.asyncDispose]() {
      for (const page of pages) page.socket.terminate()
      await presence.stop()
      attachment.close()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
  return server
}
