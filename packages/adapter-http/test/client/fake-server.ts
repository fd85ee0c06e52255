import type { ClientMessage, ServerMessage, TransportLink } from '@rollcall/core/protocol'
import { vi } from 'vitest'
import { type HttpTransportOptions, http } from '../../src/client.ts'

export interface Asked {
  readonly url: string
  readonly route: string
  readonly init: RequestInit
  // biome-ignore lint/suspicious/noExplicitAny: whatever was sent
  readonly body: any
  answer(messages: readonly ServerMessage[], self?: number | null): void
  /** Problem details. */
  refuse(status: number, code: string, retryAfter?: number): void
  /** Something that no program of ours answered. */
  respond(response: Response): void
  fail(): void
  /** An event stream. */
  stream(): { send(message: ServerMessage | string): void; end(): void; break(): void }
}

export const WELCOME = {
  type: 'welcome',
  connectionId: 'c1',
  leave: 'leave-token',
  beatEveryMs: 15_000,
} as unknown as ServerMessage

/** A client's link whose requests a test answers by hand. */
export function fakeServer(options: Partial<HttpTransportOptions> = {}) {
  const requests: Asked[] = []
  const heard: ServerMessage[] = []
  const closes: string[] = []
  let opened = 0
  const fetch = ((url: string, init: RequestInit) =>
    new Promise<Response>((resolve, reject) => {
      init.signal?.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')))
      const json = (body: unknown, status = 200, headers = {}) =>
        resolve(new Response(JSON.stringify(body), { status, headers }))
      requests.push({
        url,
        route: url.split('/').at(-1) as string,
        init,
        body: JSON.parse(init.body as string),
        answer: (messages, self) => json({ messages, ...(self !== undefined && { self }) }),
        refuse: (status, code, retryAfter) =>
          json({ code, detail: code }, status, retryAfter ? { 'retry-after': `${retryAfter}` } : {}),
        respond: resolve,
        fail: () => reject(new TypeError('fetch failed')),
        stream() {
          let controller: ReadableStreamDefaultController<Uint8Array>
          const encoder = new TextEncoder()
          const body = new ReadableStream<Uint8Array>({
            start(given) {
              controller = given
            },
          })
          init.signal?.addEventListener('abort', () => controller.error(new DOMException('aborted', 'AbortError')))
          resolve(new Response(body))
          return {
            send: (message) =>
              controller.enqueue(
                encoder.encode(typeof message === 'string' ? message : `data: ${JSON.stringify(message)}\n\n`),
              ),
            end: () => controller.close(),
            break: () => controller.error(new TypeError('network')),
          }
        },
      })
    })) as typeof globalThis.fetch
  const link: TransportLink = http({ url: 'https://api/presence/', fetch, ...options }).open({
    onOpen: () => void opened++,
    onMessage: (message) => void heard.push(message as ServerMessage),
    onClose: (reason) => void closes.push(reason),
  })
  /** Lets everything settle that waits for no timer. */
  const settle = async () => {
    for (let i = 0; i < 100; i++) await Promise.resolve()
  }
  const say = async (message: ClientMessage) => {
    const sent = link.send(message)
    await settle()
    return sent
  }
  const last = (route: string): Asked => {
    const found = requests.findLast((asked) => asked.route === route)
    if (found === undefined) throw new Error(`no ${route} among ${requests.map((asked) => asked.route)}`)
    return found
  }
  const server = {
    link,
    requests,
    heard,
    closes,
    opened: () => opened,
    settle,
    say,
    last,
    /** Says hello and is welcomed. */
    async enter(token: string | null = 'token') {
      await settle()
      await say({ type: 'hello', version: 1, token, instance: 'page' })
      last('connect').answer([WELCOME])
      await settle()
    },
  }
  return {
    ...server,
    /** Enters, and hears nothing over a stream that lives. */
    async live() {
      await server.enter()
      await vi.advanceTimersByTimeAsync(20)
      const stream = last('listen').stream()
      const alive = () => {
        try {
          stream.send(':\n\n')
          setTimeout(alive, 15_000)
        } catch {
          // Its reader has gone.
        }
      }
      setTimeout(alive, 15_000)
      await settle()
    },
  }
}
