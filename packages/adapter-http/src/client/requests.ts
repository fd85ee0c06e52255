import type { ServerMessage } from '@rollcall/core/protocol'
import type { HttpTransportOptions } from '../client.ts'

export type Refusal = Extract<ServerMessage, { type: 'error' }>

/** A server that has not answered after so long is not there; in ms. */
export const ANSWER_MS = 10_000

export interface Answer {
  readonly messages: readonly ServerMessage[]
  /** Of a request that waited. */
  readonly self?: number | null
  /** Nothing of the request was done. */
  readonly refusal?: Refusal
}

/**
 * The requests of one connection. They reject with an error that names what went wrong on the way, also when no answer
 * comes in time; that ends `controller` too.
 */
export interface Requests {
  token: string | null
  /** A refusal is an answer too. */
  post(
    route: 'connect' | 'messages' | 'listen',
    body: object,
    withinMs: number,
    controller?: AbortController,
  ): Promise<Answer>
  /** An answer that comes bit by bit, or a refusal. */
  stream(body: object, controller: AbortController): Promise<ReadableStream<Uint8Array> | Answer>
  /** A request that outlives the page; by the leave token where such requests are refused. Nobody hears the answer. */
  last(body: object, leaveToken: string | null): void
}

export function createRequests({
  url,
  headers = {},
  credentials,
  fetch = globalThis.fetch,
}: HttpTransportOptions): Requests {
  const base = `${url.replace(/\/+$/, '')}/live/`
  const ask = (route: string, body: object, more: RequestInit = {}): Promise<Response> => {
    const { token } = requests
    const authorization = token === null ? {} : { authorization: `Bearer ${token}` }
    return fetch(base + route, {
      method: 'POST',
      ...(credentials && { credentials }),
      ...more,
      headers: { 'content-type': 'application/json', ...headers, ...authorization, ...more.headers },
      body: JSON.stringify(body),
    })
  }
  const requests: Requests = {
    token: null,
    post(route, body, withinMs, controller = new AbortController()) {
      return inTime(withinMs, controller, async () => {
        const response = await ask(route, body, { signal: controller.signal })
        return response.ok ? response.json() : refused(response)
      })
    },
    stream(body, controller) {
      return inTime(ANSWER_MS, controller, async () => {
        const { signal } = controller
        const response = await ask('listen', body, { signal, headers: { accept: 'text/event-stream' } })
        return response.ok && response.body ? response.body : refused(response)
      })
    },
    last(body, leaveToken) {
      const beacon = () => leaveToken && globalThis.navigator?.sendBeacon?.(`${base}hint`, leaveToken)
      try {
        ask('messages', body, { keepalive: true }).catch(beacon)
      } catch {
        beacon()
      }
    },
  }
  return requests
}

async function inTime<T>(withinMs: number, controller: AbortController, ask: () => Promise<T>): Promise<T> {
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    controller.abort()
  }, withinMs)
  try {
    return await ask()
  } catch (error) {
    throw isLate ? new Error(`the server did not answer within ${withinMs} ms`) : error
  } finally {
    clearTimeout(timer)
  }
}

/** Problem details as the message that a socket would have brought. What no program of ours answered is an error of the way. */
async function refused(response: Response): Promise<Answer> {
  const { code, detail } = await response.json().catch(() => ({}))
  if (typeof code !== 'string') throw new Error(`HTTP ${response.status}`)
  const seconds = Number(response.headers.get('retry-after'))
  const retryAfterMs = seconds > 0 ? { retryAfterMs: 1000 * seconds } : {}
  return { messages: [], refusal: { type: 'error', code, message: `${detail}`, ...retryAfterMs } }
}
