import type { IncomingMessage } from 'node:http'
import type { CloseCause, Presence, Session, SessionTransport } from '@rollcall/core'
import type { ServerMessage } from '@rollcall/core/protocol'
import type { RawData, WebSocket } from 'ws'
import { CLOSE_CODES } from './close-codes.ts'
import type { WebSocketCredentials } from './options.ts'
import { Outbox, type OutboxOwner } from './outbox.ts'
import type { Member, Rooms } from './rooms.ts'

/** What the transports of one server share. */
export interface TransportParts {
  readonly presence: Presence
  readonly rooms: Rooms
  readonly maxBuffered: number
  /** Longest message that is read at all, in bytes. */
  readonly maxPayload: number
}

/** How long a peer has to answer a close before the line is cut. */
const CLOSE_MS = 3000
/** Too large for what we take, in the words of the WebSocket protocol. */
const TOO_LARGE = 1009
const OPEN = 1

/** What a later snapshot makes up for, or what is worth nothing later. */
const DROPPABLE: readonly ServerMessage['type'][] = ['diff', 'counts', 'signal']
const WHOLE: readonly ServerMessage['type'][] = ['snapshot', 'replay']

/** One WebSocket and its session. A class, for there is one per socket. */
export class SocketTransport implements SessionTransport<WebSocketCredentials>, Member, OutboxOwner {
  readonly #socket: WebSocket
  readonly #request: IncomingMessage
  readonly #parts: TransportParts
  readonly #outbox: Outbox
  #session: Session | null = null
  #closing: unknown = null

  constructor(socket: WebSocket, request: IncomingMessage, parts: TransportParts) {
    this.#socket = socket
    this.#request = request
    this.#parts = parts
    this.#outbox = new Outbox(socket, parts.maxBuffered, this)
  }

  /** Hands what comes to its session from now on. */
  begin(session: Session): void {
    this.#session = session
  }

  onMessage(data: RawData, isBinary: boolean): void {
    const bytes = data as Buffer
    if (this.#socket.readyState !== OPEN) {
      // The last words of a client that we are done with: counted, and not read.
      this.#refuse('no-connection')
    } else if (bytes.length > this.#parts.maxPayload) {
      this.#refuse('limit-exceeded')
      this.#close(TOO_LARGE, 'the message is too large')
    } else this.#session?.receive(isBinary ? bytes : parse(bytes))
  }

  /** `ws` answers pings of the protocol by itself; older ones do so without end, read or not. */
  onPing(): void {
    if (this.#socket.readyState === OPEN) this.#outbox.check()
  }

  /** The peer broke the rules of the WebSocket protocol, and `ws` closes; or the line failed. */
  onError(error: Error & { readonly code?: string }): void {
    if (!error.code?.startsWith('WS_ERR_')) return
    this.#refuse(error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH' ? 'limit-exceeded' : 'bad-message')
    this.#finish()
  }

  onClose(): void {
    this.#parts.presence.clock.clearTimer(this.#closing)
    this.#session?.lost()
  }

  credentials(token: string | null): WebSocketCredentials {
    return { token, request: this.#request, socket: this.#socket }
  }

  send(message: ServerMessage): void {
    if (this.#socket.readyState !== OPEN) return
    const encoded = Buffer.from(JSON.stringify(message))
    if (WHOLE.includes(message.type)) this.#outbox.offerWhole(encoded)
    else if (DROPPABLE.includes(message.type)) this.#outbox.offer(encoded)
    else this.#outbox.push(encoded)
  }

  sendBroadcast(encoded: Buffer): void {
    if (this.#socket.readyState === OPEN) this.#outbox.offer(encoded)
  }

  join(room: string): void {
    this.#parts.rooms.join(room, this)
  }

  leave(room: string): void {
    this.#parts.rooms.leave(room, this)
  }

  close(cause: CloseCause): void {
    this.#close(CLOSE_CODES[cause], cause)
  }

  onDrained(): void {
    this.#session?.refresh()
  }

  onOverflow(): void {
    this.#refuse('limit-exceeded')
    this.#socket.terminate()
  }

  #close(code: number, reason: string): void {
    if (this.#socket.readyState !== OPEN) return
    this.#socket.close(code, reason)
    this.#finish()
  }

  /**
   * The close is on its way: whatever the client said before it, such as another hello, comes to nothing. `ws` would give
   * the peer 30 s to answer.
   */
  #finish(): void {
    this.#session?.lost()
    this.#closing ??= this.#parts.presence.clock.setTimer(() => this.#socket.terminate(), CLOSE_MS)
  }

  #refuse(code: string): void {
    this.#parts.presence.refuse({ code, kind: 'unknown', userId: null })
  }
}

/** What the text says; the text itself, which is no message either, if it is not JSON. */
function parse(bytes: Buffer): unknown {
  const text = bytes.toString()
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
