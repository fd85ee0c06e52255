import { createSessionHost, type FanOut, type Presence, type Session } from '@rollcall/core'
import { SOCKETIO_EVENT } from '@rollcall/core/protocol'
import type { Namespace, Server, Socket } from 'socket.io'
import type { Attachment, SocketIOOptions } from './options.ts'
import { leaveStaleRooms, ROOM_PREFIX, SocketTransport } from './socket-transport.ts'

/** A Socket.IO server, of which the main namespace is meant, or one namespace; typed events or not. */
// biome-ignore lint/suspicious/noExplicitAny: the application's own event maps are of no concern here
export type SocketIOTarget = Server<any, any, any, any> | Namespace<any, any, any, any>

/**
 * Attaches presence to a Socket.IO server that runs already. Of each socket only the event `rollcall` is heard; the
 * application's events, rooms, middleware and other namespaces stay what they were. Sockets that are connected already
 * are served too. Broadcasts reach this process's sockets alone: each node sends to its own, whatever cluster adapter
 * there is.
 *
 * Rejects with `invalid-option` for settings that cannot work.
 */
export async function attachSocketIO(
  target: SocketIOTarget,
  presence: Presence,
  options: SocketIOOptions,
): Promise<Attachment> {
  const namespace: Namespace = 'of' in target ? target.of('/') : target
  const { refuseSocket = false, logger = console } = options
  const fanOut: FanOut = {
    broadcast(room, message) {
      namespace.local.to(ROOM_PREFIX + room).emit(SOCKETIO_EVENT, message)
    },
  }
  // The sockets carry the application's messages too, and Socket.IO's own ping is answered by page script.
  const host = createSessionHost(presence, fanOut, { ...options, helloWithin: false, ping: false })
  const sessions = new Map<Socket, Session>()

  /** Leaves whose turn has not come. */
  const leaving = new Map<Socket, unknown>()

  // The same listeners for all sockets: until a socket says something to presence it costs nothing more.
  function onMessage(this: Socket, message: unknown) {
    leaving.delete(this)
    let session = sessions.get(this)
    if (session === undefined) {
      session = host.open(new SocketTransport(this, refuseSocket))
      sessions.set(this, session)
    }
    session.receive(message)
  }
  /** Socket.IO drops an event whose socket closes before its turn: who leaves and disconnects would only be lost. */
  function onAnything(this: Socket, event: unknown, message: unknown) {
    if (event === SOCKETIO_EVENT && (message as { type?: unknown } | null)?.type === 'leave') leaving.set(this, message)
  }
  /** Also what the client did on purpose: closing a socket is no logout. */
  function onDisconnect(this: Socket) {
    const session = sessions.get(this)
    if (leaving.has(this)) session?.receive(leaving.get(this))
    session?.lost()
    leaving.delete(this)
    sessions.delete(this)
  }
  const adopt = (socket: Socket) => {
    leaveStaleRooms(socket)
    socket.onAny(onAnything)
    socket.on(SOCKETIO_EVENT, onMessage)
    socket.on('disconnect', onDisconnect)
  }
  const onConnection = (socket: Socket) => {
    warnOfDeflate(socket)
    adopt(socket)
  }
  let warned = false
  const warnOfDeflate = (socket: Socket) => {
    if (warned || !deflates(socket)) return
    warned = true
    logger.warn(
      'rollcall: perMessageDeflate is on. Presence messages are small and many: compressing each costs memory and time per socket, and saves next to nothing.',
    )
  }

  namespace.on('connection', onConnection)
  for (const socket of namespace.sockets.values()) onConnection(socket)
  return {
    get size() {
      return host.size
    },
    close() {
      namespace.off('connection', onConnection)
      host.close()
      sessions.clear()
      leaving.clear()
      for (const socket of namespace.sockets.values()) {
        socket.offAny(onAnything)
        socket.off(SOCKETIO_EVENT, onMessage)
        socket.off('disconnect', onDisconnect)
      }
    },
  }
}

/** Whether the server compresses each message of a WebSocket. */
function deflates(socket: Socket): boolean {
  const { server } = socket.conn as unknown as {
    readonly server?: { readonly opts?: { readonly perMessageDeflate?: unknown } }
  }
  return Boolean(server?.opts?.perMessageDeflate)
}
