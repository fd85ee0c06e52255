import type { CloseCause, SessionTransport } from '@rollcall/core'
import { type ServerMessage, SOCKETIO_EVENT } from '@rollcall/core/protocol'
import type { Socket } from 'socket.io'
import type { SocketIOCredentials } from './options.ts'

/** Begins the name of every room of ours: an application's room has another name, or asks for trouble. */
export const ROOM_PREFIX = '@rollcall/'

export interface SocketTransportOptions {
  readonly refuseSocket: boolean
}

/** The session's way to one socket, which stays the application's. */
export function createSocketTransport(
  socket: Socket,
  options: SocketTransportOptions,
): SessionTransport<SocketIOCredentials> {
  return {
    recovered: socket.recovered,
    credentials(token) {
      const { handshake, request } = socket
      const fromHandshake: unknown = handshake.auth.token
      return { token: token ?? (typeof fromHandshake === 'string' ? fromHandshake : null), handshake, request, socket }
    },
    send(message: ServerMessage) {
      // A socket that is gone would still write to a connection that carries other namespaces.
      if (socket.connected) socket.emit(SOCKETIO_EVENT, message)
    },
    join(room) {
      // Whoever joins after the disconnect never leaves.
      if (socket.connected) void socket.join(ROOM_PREFIX + room)
    },
    leave(room) {
      void socket.leave(ROOM_PREFIX + room)
    },
    close(cause: CloseCause) {
      if (cause === 'unauthenticated' && options.refuseSocket) socket.disconnect(true)
    },
  }
}

/** Leaves the rooms that connection-state recovery brought back: the connection they were joined for is another one now. */
export function leaveStaleRooms(socket: Socket): void {
  if (!socket.recovered) return
  for (const room of [...socket.rooms]) if (room.startsWith(ROOM_PREFIX)) void socket.leave(room)
}
