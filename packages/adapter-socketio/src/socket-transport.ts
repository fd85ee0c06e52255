import type { CloseCause, SessionTransport } from '@rollcall/core'
import { type ServerMessage, SOCKETIO_EVENT } from '@rollcall/core/protocol'
import type { Socket } from 'socket.io'
import type { SocketIOCredentials } from './options.ts'

/** Begins the name of every room of ours: an application's room has another name, or asks for trouble. */
export const ROOM_PREFIX = '@rollcall/'

/** The session's way to one socket, which stays the application's. A class, for there is one per socket. */
export class SocketTransport implements SessionTransport<SocketIOCredentials> {
  readonly #socket: Socket
  readonly #refuseSocket: boolean

  constructor(socket: Socket, refuseSocket: boolean) {
    this.#socket = socket
    this.#refuseSocket = refuseSocket
  }

  get recovered(): boolean {
    return this.#socket.recovered
  }

  credentials(token: string | null): SocketIOCredentials {
    const socket = this.#socket
    const { handshake, request } = socket
    const fromHandshake: unknown = handshake.auth.token
    return { token: token ?? (typeof fromHandshake === 'string' ? fromHandshake : null), handshake, request, socket }
  }

  send(message: ServerMessage): void {
    // A socket that is gone would still write to a connection that carries other namespaces.
    if (this.#socket.connected) this.#socket.emit(SOCKETIO_EVENT, message)
  }

  join(room: string): void {
    // Whoever joins after the disconnect never leaves.
    if (this.#socket.connected) void this.#socket.join(ROOM_PREFIX + room)
  }

  leave(room: string): void {
    void this.#socket.leave(ROOM_PREFIX + room)
  }

  close(cause: CloseCause): void {
    if (cause === 'unauthenticated' && this.#refuseSocket) this.#socket.disconnect(true)
  }
}

/** Leaves the rooms that connection-state recovery brought back: the connection they were joined for is another one now. */
export function leaveStaleRooms(socket: Socket): void {
  if (!socket.recovered) return
  for (const room of [...socket.rooms]) if (room.startsWith(ROOM_PREFIX)) void socket.leave(room)
}
