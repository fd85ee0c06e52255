import type { IncomingMessage } from 'node:http'
import { lendBody } from '../body.ts'
import { bodyOf } from './body.ts'
import type { Exchange } from './serve.ts'

/** A request of Node as `Request`, which does not carry its body: that is lent, and read where it is. @param signal Aborted when the client goes away. */
export function toRequest({ incoming, url, parsed }: Exchange, signal: AbortSignal): Request {
  const { method = 'GET' } = incoming
  const headers = new Headers()
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    const name = incoming.rawHeaders[i] as string
    // Pseudo-headers of HTTP/2 are no headers.
    if (!name.startsWith(':')) headers.append(name, incoming.rawHeaders[i + 1] as string)
  }
  const request = new Request(urlOf(incoming, url), { method, headers, signal })
  const body = method === 'GET' || method === 'HEAD' ? null : bodyOf(incoming, parsed)
  if (body !== null) lendBody(request, body)
  return request
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
