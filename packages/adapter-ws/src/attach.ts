import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import { createSessionHost, type Presence, PresenceError } from '@rollcall/core'
import type { RawData, WebSocket, WebSocketServer } from 'ws'
import { CLOSE_CODES } from './close-codes.ts'
import { type Attachment, resolveOptions, type WebSocketOptions } from './options.ts'
import { createRooms } from './rooms.ts'
import { SocketTransport, type TransportParts } from './socket-transport.ts'
import { takeUpgrades } from './upgrades.ts'

/** A Node HTTP or HTTPS server, or a `ws` server of which every connection is presence's. */
export type WebSocketTarget = HttpServer | HttpsServer | WebSocketServer

/** Messages above the limit are still read, to be answered; what is so many times too large is not. */
const READ_FACTOR = 4

/**
 * Attaches presence to an HTTP server, of which it takes the WebSockets of one path, or to a `ws` server of its own.
 * Every process sends to its own clients; several share presence through their store.
 *
 * Rejects with `invalid-option` for settings that cannot work.
 */
export async function attachWebSocket(
  target: WebSocketTarget,
  presence: Presence,
  options: WebSocketOptions,
): Promise<Attachment> {
  const { path, maxBuffered, mayConnect } = resolveOptions(options)
  const rooms = createRooms()
  const maxPayload = READ_FACTOR * presence.limits.messageBytes
  const parts: TransportParts = { presence, rooms, maxBuffered, maxPayload }
  const host = createSessionHost(presence, rooms, options)
  const transports = new Map<WebSocket, SocketTransport>()

  // The same listeners for all sockets.
  function onMessage(this: WebSocket, data: RawData, isBinary: boolean) {
    transports.get(this)?.onMessage(data, isBinary)
  }
  function onPing(this: WebSocket) {
    transports.get(this)?.onPing()
  }
  function onError(this: WebSocket, error: Error) {
    transports.get(this)?.onError(error)
  }
  function onClose(this: WebSocket) {
    transports.get(this)?.onClose()
    transports.delete(this)
  }
  const onConnection = (socket: WebSocket, request: IncomingMessage) => {
    socket.on('error', onError)
    socket.on('close', onClose)
    const transport = new SocketTransport(socket, request, parts)
    transports.set(socket, transport)
    transport.begin(host.open(transport))
    socket.on('message', onMessage)
    socket.on('ping', onPing)
  }
  const isAllowed = (request: IncomingMessage): boolean => {
    try {
      if (mayConnect(request)) return true
    } catch (error) {
      presence.report(new PresenceError('listener-error', 'origins threw', {}, error))
    }
    presence.refuse({ code: 'forbidden', kind: 'upgrade', userId: null })
    return false
  }
  const onGivenConnection = (socket: WebSocket, request: IncomingMessage) => {
    if (isAllowed(request)) onConnection(socket, request)
    else {
      socket.on('error', onError)
      socket.close(CLOSE_CODES.origin, 'origin')
    }
  }

  let stopTaking: () => void
  if ('handleUpgrade' in target) {
    target.on('connection', onGivenConnection)
    stopTaking = () => target.off('connection', onGivenConnection)
  } else
    stopTaking = takeUpgrades(target, { path, maxPayload, clock: presence.clock, mayConnect: isAllowed, onConnection })
  return {
    get size() {
      return host.size
    },
    close() {
      stopTaking()
      host.close()
    },
  }
}
