import type { ClientTransport } from '@rollcall/core/protocol'

/** What is used of a WebSocket. The platform's fits, and that of `ws`. */
export interface ClientSocket {
  readonly readyState: number
  // biome-ignore lint/suspicious/noExplicitAny: every implementation has an event type of its own
  onopen: ((event: any) => void) | null
  // biome-ignore lint/suspicious/noExplicitAny: as above
  onmessage: ((event: any) => void) | null
  // biome-ignore lint/suspicious/noExplicitAny: as above
  onclose: ((event: any) => void) | null
  // biome-ignore lint/suspicious/noExplicitAny: as above
  onerror: ((event: any) => void) | null
  send(data: string): void
  close(code: number): void
}

export interface WebSocketTransportOptions {
  /** Where presence is: `wss://app.example/presence`, or relative to the page. */
  readonly url: string
  /** Subprotocols to offer. */
  readonly protocols?: string | string[]
  /** Where the platform has none (Node 20): that of `ws`. @default the platform's */
  readonly WebSocket?: new (
    url: string,
    protocols?: string | string[],
  ) => ClientSocket
}

const OPEN = 1

/** Presence over a WebSocket of its own, made anew for each connection. */
export function websocket({ url, protocols, WebSocket: Socket }: WebSocketTransportOptions): ClientTransport {
  return {
    name: 'websocket',
    owned: true,
    open(listener) {
      let socket: ClientSocket | undefined
      let isClosed = false
      const end = (reason: string) => {
        if (!isClosed) listener.onClose(reason)
        isClosed = true
      }
      try {
        const { href } = new URL(url, globalThis.location?.href)
        socket = new (Socket ?? WebSocket)(href.replace(/^http/, 'ws'), protocols)
        socket.onopen = () => listener.onOpen()
        socket.onmessage = ({ data }) => {
          let message = data
          try {
            message = JSON.parse(data)
          } catch {
            // Whatever it is, it is no message; the listener says so.
          }
          if (!isClosed) listener.onMessage(message)
        }
        // Its close event follows. Without a listener, `ws` would throw.
        socket.onerror = () => {}
        socket.onclose = ({ code, reason }) => end(`${reason || 'closed'} (${code})`)
      } catch (error) {
        queueMicrotask(() => end(`${error}`))
      }
      return {
        send(message) {
          if (isClosed || socket?.readyState !== OPEN) return false
          socket.send(JSON.stringify(message))
          return true
        },
        close() {
          isClosed = true
          // What was sent still goes out before it.
          socket?.close(1000)
        },
      }
    },
  }
}
