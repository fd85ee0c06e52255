import {
  type ClientTransport,
  SOCKETIO_EVENT,
  type TransportLink,
  type TransportListener,
} from '@rollcall/core/protocol'
import type { ManagerOptions, SocketOptions } from 'socket.io-client'

/** What is used of a Socket.IO socket. Those of `socket.io-client` 4 fit, typed events or not. */
export interface ClientSocket {
  readonly connected: boolean
  // biome-ignore lint/suspicious/noExplicitAny: the application's own event maps are of no concern here
  on(event: any, listener: (...args: any[]) => void): unknown
  // biome-ignore lint/suspicious/noExplicitAny: as above
  off(event: any, listener: (...args: any[]) => void): unknown
  // biome-ignore lint/suspicious/noExplicitAny: as above
  emit(event: any, ...args: any[]): unknown
}

/** `io` of `socket.io-client`, as far as it is used. */
export type ConnectSocket = (
  url: string,
  options: Partial<ManagerOptions & SocketOptions>,
) => ClientSocket & { disconnect(): unknown; readonly io: { readonly engine: { close(): unknown } } }

/** A socket of our own. Everything else goes to `io` as it is, but for what reconnects: rollcall does that. */
export interface OwnSocketOptions extends Partial<ManagerOptions & SocketOptions> {
  readonly url: string
  /** `io` of `socket.io-client`; without it, the package is loaded when it is first needed. */
  readonly io?: ConnectSocket
}

/**
 * Presence over Socket.IO. Given a socket, borrows it: what the application does with it goes on as before, and it is
 * never opened, closed or reconnected. Given `{ url }`, has a socket of its own.
 *
 * After each reconnect comes a fresh hello, also where Socket.IO recovered the state of the connection: what was
 * missed meanwhile is asked of presence, which knows it better.
 */
export function socketio(target: ClientSocket | OwnSocketOptions): ClientTransport {
  if ('emit' in target) {
    return { name: 'socketio', owned: false, open: (listener) => listen(target, listener, () => {}) }
  }
  const { url, io, ...options } = target
  return {
    name: 'socketio',
    owned: true,
    open(listener) {
      let isClosed = false
      let link: TransportLink | undefined
      const connect = (io: ConnectSocket) => {
        if (isClosed) return
        // With a manager of its own it shares no connection, and recovers no state.
        const socket = io(url, { ...options, forceNew: true, reconnection: false })
        link = listen(socket, listener, () => {
          // A server drops what comes in one go with the packet of `disconnect`: the last word would be lost.
          if (socket.connected) socket.io.engine.close()
          else socket.disconnect()
        })
      }
      Promise.resolve(io ?? import('socket.io-client').then((module) => module.io as ConnectSocket)).then(
        connect,
        (error) => {
          if (!isClosed) listener.onClose(`socket.io-client could not be loaded: ${error}`)
        },
      )
      return {
        send: (message) => !!link?.send(message),
        close() {
          isClosed = true
          link?.close()
        },
      }
    },
  }
}

function listen(socket: ClientSocket, listener: TransportListener, close: () => void): TransportLink {
  let isOpen = false
  let isListening = true
  const onConnect = () => {
    if (isOpen || !isListening || !socket.connected) return
    isOpen = true
    listener.onOpen()
  }
  const onClose = (reason: unknown) => {
    isOpen = false
    listener.onClose(reason instanceof Error ? reason.message : `${reason}`)
  }
  const listeners: readonly [string, (value: unknown) => void][] = [
    ['connect', onConnect],
    ['disconnect', onClose],
    ['connect_error', onClose],
    [SOCKETIO_EVENT, (message) => listener.onMessage(message)],
  ]
  for (const [event, call] of listeners) socket.on(event, call)
  queueMicrotask(onConnect)
  return {
    send(message) {
      // Socket.IO would keep what is emitted while it is away, and deliver it late.
      if (!socket.connected) return false
      socket.emit(SOCKETIO_EVENT, message)
      return true
    },
    close() {
      isListening = false
      for (const [event, call] of listeners) socket.off(event, call)
      close()
    },
  }
}
