import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Handed, PresenceHandler } from '../handler.ts'
import { toRequest } from './request.ts'
import { sendResponse } from './response.ts'

/** One exchange of Node, as a framework has it. */
export interface Exchange {
  readonly incoming: IncomingMessage
  readonly outgoing: ServerResponse
  /** With the query, before any framework took a prefix off. */
  readonly url: string
  /** What the application's own body parser made of the body, if it came first. */
  readonly parsed: unknown
}

/** Serves one request of Node. Never rejects: what cannot be answered ends the connection. */
export async function serve<C>(handler: PresenceHandler<C>, exchange: Exchange, handed: Handed<C>): Promise<void> {
  const { incoming, outgoing } = exchange
  const gone = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort()
  })
  try {
    const request = requestOf(exchange, gone.signal)
    const response = request === null ? handler.decline(incoming.method ?? '') : await handler(request, handed)
    await sendResponse(response, outgoing)
  } catch {
    outgoing.destroy()
  }
}

/** `null`: what came is nothing that a `Request` can be. */
function requestOf(exchange: Exchange, signal: AbortSignal): Request | null {
  try {
    return toRequest(exchange, signal)
  } catch {
    return null
  }
}
