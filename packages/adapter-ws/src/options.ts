import type { IncomingMessage } from 'node:http'
import { type ClientOptions, type Duration, PresenceError } from '@rollcall/core'
import type { WebSocket } from 'ws'

/** What `authenticate` is given of a client. */
export interface WebSocketCredentials {
  /** What the client sent with its hello. */
  readonly token: string | null
  /** The request that opened the connection, with its cookies. */
  readonly request: IncomingMessage
  readonly socket: WebSocket
}

/** Pages that may connect: their origins, all, or whether this one may. Programs that are no browsers send no origin. */
export type Origins = readonly string[] | '*' | ((origin: string | undefined, request: IncomingMessage) => boolean)

export interface WebSocketOptions extends ClientOptions<WebSocketCredentials> {
  /** Where clients connect. Not for a `ws` server, which has its own. @default '/presence' */
  readonly path?: string
  /**
   * Pages that may connect; others get a 403. A browser sends cookies along whatever page opens a WebSocket: `'*'` is
   * for those who ask for a token. A list also turns away who sends no origin.
   * @default pages of the host that is connected to, and whoever sends no origin
   */
  readonly origins?: Origins
  /** How often the page is asked whether it lives, and how long it has to answer. @default 20 s, 20 s */
  readonly ping?: { readonly every?: Duration; readonly answerWithin?: Duration }
  /**
   * Bytes that may wait for a client that reads slowly. Beyond them it misses what is broadcast, and gets fresh
   * snapshots once it has read what waits. One snapshot may be larger. Answers go on, up to four times as much; then the
   * connection is lost.
   * @default 1_048_576 (1 MiB)
   */
  readonly maxBuffered?: number
}

/** Presence on a server. */
export interface Attachment {
  /** Connected clients. */
  readonly size: number
  /**
   * Takes presence off: every client is told to come back, its connection is lost with a grace, its WebSocket closed.
   * The server itself goes on.
   */
  close(): void
}

/** Options with every default filled in. */
export interface ResolvedWebSocketOptions {
  readonly path: string
  readonly maxBuffered: number
  mayConnect(request: IncomingMessage): boolean
}

const MIB = 1024 * 1024

/** Throws `invalid-option` for settings that cannot work. */
export function resolveOptions(options: WebSocketOptions): ResolvedWebSocketOptions {
  const { path = '/presence', maxBuffered = MIB, origins } = options
  if (!/^\/[^?#]*$/.test(path)) throw unfit('path', path, 'give what follows the host, such as /presence')
  if (!(maxBuffered > 0)) throw unfit('maxBuffered', maxBuffered, 'give a number of bytes')
  if (Array.isArray(origins)) for (const origin of origins) demandOrigin(origin)
  else if (typeof origins === 'string' && origins !== '*') {
    throw unfit('origins', origins, "give a list of origins, '*' for every page, or a function")
  }
  return {
    path,
    maxBuffered,
    mayConnect(request) {
      const { origin, host } = request.headers
      if (origins === '*') return true
      if (origins === undefined) return origin === undefined || isOf(host, origin)
      if (typeof origins === 'function') return origins(origin, request) === true
      return origin !== undefined && origins.includes(origin)
    },
  }
}

/** Not the scheme: encryption may end at a proxy. */
function isOf(host: string | undefined, origin: string): boolean {
  return URL.canParse(origin) && new URL(origin).host === host
}

function demandOrigin(origin: string): void {
  if (URL.canParse(origin) && new URL(origin).origin === origin) return
  throw unfit('origins', origin, 'give origins as browsers send them, such as https://app.example')
}

function unfit(option: string, value: unknown, remedy: string): PresenceError {
  return new PresenceError('invalid-option', `${option} is ${JSON.stringify(value)}; ${remedy}`, { option, value })
}
