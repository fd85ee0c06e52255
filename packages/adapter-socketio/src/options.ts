import type { ClientOptions } from '@rollcall/core'
import type { Socket } from 'socket.io'

/** What `authenticate` is given of a client. */
export interface SocketIOCredentials {
  /** What the client sent with its hello, else `auth.token` of the handshake. */
  readonly token: string | null
  readonly handshake: Socket['handshake']
  /** The request that opened the connection, with its cookies. */
  readonly request: Socket['request']
  /** For what the application's own middleware put into `socket.data`. */
  readonly socket: Socket
}

export interface SocketIOOptions extends ClientOptions<SocketIOCredentials> {
  /**
   * Disconnects a socket whose token is refused. Otherwise it stays as it is, only without presence: it is the
   * application's.
   * @default false
   */
  readonly refuseSocket?: boolean
  /** Hears of settings that cost more than they bring. @default console */
  readonly logger?: { warn(message: string): void }
}

/** Presence on a server or namespace. */
export interface Attachment {
  /** Sockets that have said something to presence. */
  readonly size: number
  /**
   * Takes presence off: every client is told to come back, its connection is lost with a grace. No socket is touched,
   * and nothing of the application's is changed.
   */
  close(): void
}
