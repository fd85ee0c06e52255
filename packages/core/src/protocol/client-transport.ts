import type { ClientMessage } from './messages.ts'

/**
 * How a client reaches a server. A transport only carries messages; connecting, resuming and giving up are the
 * client's.
 */
export interface ClientTransport {
  /** For messages and metrics: `socketio`, `websocket`, … */
  readonly name: string
  /**
   * `true`: made by rollcall, which opens, closes and reconnects it. `false`: the application's own, borrowed; it is
   * only listened to, and reconnects by itself.
   */
  readonly owned: boolean
  /**
   * Starts to carry messages. An owned transport opens anew; a borrowed one reports `onOpen` at once if it is open, and
   * again each time its owner brought it back. Listeners are never called inside this call.
   */
  open(listener: TransportListener): TransportLink
}

export interface TransportListener {
  /** The way is open. While it was already: it leads elsewhere now, and hello is said anew at once. */
  onOpen(): void
  /** One message as it came; nothing is assumed of its shape. */
  onMessage(message: unknown): void
  /** The way is closed: for an owned transport for good, for a borrowed one until `onOpen`. */
  onClose(reason: string): void
}

export interface TransportLink {
  /** `false` when the message cannot go out now; nothing is kept for later. */
  send(message: ClientMessage): boolean
  /** Stops listening; closes what rollcall opened, and nothing else. No listener is called afterwards. */
  close(): void
}
