import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'

/** A request of Node, or of a framework on it, as far as it is used. */
export interface NodeRequest extends IncomingMessage {
  /** What the application's own body parser made of the body, if it came first. */
  readonly body?: unknown
}

/**
 * A request of Node as `Request`. @param path With the query, before any framework took a prefix off.
 * @param signal Aborted when the client goes away.
 */
export function toRequest(incoming: NodeRequest, path: string, signal: AbortSignal): Request {
  const { method = 'GET' } = incoming
  const headers = new Headers()
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    const name = incoming.rawHeaders[i] as string
    // Pseudo-headers of HTTP/2 are no headers.
    if (!name.startsWith(':')) headers.append(name, incoming.rawHeaders[i + 1] as string)
  }
  const init: RequestInit & { duplex?: 'half' } = { method, headers, signal }
  if (method !== 'GET' && method !== 'HEAD') {
    const body = bodyOf(incoming)
    if (body !== null) {
      init.body = body
      init.duplex = 'half'
      // Its length and coding are no longer those that were declared.
      if (typeof body === 'string') headers.delete('content-length')
    }
  }
  return new Request(urlOf(incoming, path), init)
}

function bodyOf(incoming: NodeRequest): ReadableStream | string | null {
  const { headers, body } = incoming
  if (headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0') return null
  if (!incoming.readableDidRead && !incoming.readableEnded) return Readable.toWeb(incoming) as ReadableStream
  // A body parser came first: nothing is left to read but what it made of it.
  if (typeof body === 'string') return body
  return body === undefined ? '' : JSON.stringify(body)
}

function urlOf(incoming: NodeRequest, path: string): string {
  const scheme = 'encrypted' in incoming.socket && incoming.socket.encrypted === true ? 'https' : 'http'
  const host = incoming.headers.host ?? 'localhost'
  // A path that begins with two slashes must not be taken for a host.
  const url = `${scheme}://${host}${path.startsWith('/') ? path : `/${path}`}`
  return URL.canParse(url) && !/[/?#@\\]/.test(host) ? url : `${scheme}://localhost${path}`
}
