import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import type { Exchange } from './serve.ts'

/** A request of Node as `Request`. @param signal Aborted when the client goes away. */
export function toRequest({ incoming, url, parsed }: Exchange, signal: AbortSignal): Request {
  const { method = 'GET' } = incoming
  const headers = new Headers()
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    const name = incoming.rawHeaders[i] as string
    // Pseudo-headers of HTTP/2 are no headers.
    if (!name.startsWith(':')) headers.append(name, incoming.rawHeaders[i + 1] as string)
  }
  const init: RequestInit & { duplex?: 'half' } = { method, headers, signal }
  if (method !== 'GET' && method !== 'HEAD') {
    const body = bodyOf(incoming, parsed)
    if (body !== null) {
      init.body = body
      init.duplex = 'half'
      // A body written anew has another length than was declared.
      if (typeof body === 'string') headers.delete('content-length')
    }
  }
  return new Request(urlOf(incoming, url), init)
}

function bodyOf(incoming: IncomingMessage, parsed: unknown): ReadableStream | string | null {
  const { headers } = incoming
  if (headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0') return null
  if (!incoming.readableDidRead && !incoming.readableEnded) return Readable.toWeb(incoming) as ReadableStream
  // A body parser came first: nothing is left to read but what it made of it.
  if (typeof parsed === 'string') return parsed
  return parsed === undefined ? '' : JSON.stringify(parsed)
}

function urlOf({ socket, headers: { host = 'localhost' } }: IncomingMessage, url: string): string {
  const scheme = 'encrypted' in socket && socket.encrypted === true ? 'https' : 'http'
  // Such as `*`, or a whole URL, which a proxy would send.
  const path = url.startsWith('/') ? url : pathOfWhole(url)
  const whole = `${scheme}://${host}${path}`
  return /[/?#@\\]/.test(host) || !URL.canParse(whole) ? `${scheme}://localhost${path}` : whole
}

function pathOfWhole(url: string): string {
  if (!URL.canParse(url)) return '/'
  const { pathname, search } = new URL(url)
  return pathname + search
}
