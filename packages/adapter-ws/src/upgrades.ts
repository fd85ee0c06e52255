import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Clock } from '@rollcall/core'
import { type WebSocket, WebSocketServer } from 'ws'

export interface UpgradeOptions {
  readonly path: string
  readonly maxPayload: number
  readonly clock: Clock
  /** Asked for each request to our path; `false` is answered with 403. */
  mayConnect(request: IncomingMessage): boolean
  onConnection(socket: WebSocket, request: IncomingMessage): void
}

/** How long others have to answer an upgrade that is not ours. */
const OTHERS_MS = 1000

/**
 * Takes the WebSocket upgrades of one path. Those of other paths are left to whoever else listens; where nobody does, or
 * nobody has written anything a second later, they are answered with 404, for they would stay open for ever.
 *
 * @returns What ends that. Connections stay.
 */
export function takeUpgrades(server: HttpServer | HttpsServer, options: UpgradeOptions): () => void {
  const { path, maxPayload, clock } = options
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload,
  })
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url?.split('?', 1)[0] !== path) {
      if (server.listenerCount('upgrade') === 1) return turnAway(socket, '404 Not Found')
      // Until somebody takes it.
      socket.on('error', ignore)
      clock.setTimer(() => {
        if (!hasAnswer(socket)) turnAway(socket, '404 Not Found')
      }, OTHERS_MS)
    } else if (options.mayConnect(request)) {
      webSockets.handleUpgrade(request, socket, head, options.onConnection)
    } else turnAway(socket, '403 Forbidden')
  }
  server.on('upgrade', onUpgrade)
  return () => {
    server.off('upgrade', onUpgrade)
    webSockets.close()
  }
}

/** Whether somebody has written to it, or given it up. */
function hasAnswer(socket: Duplex): boolean {
  return socket.destroyed || socket.writableEnded || (socket as Partial<Socket>).bytesWritten !== 0
}

function turnAway(socket: Duplex, status: string): void {
  // Whoever resets the line meanwhile is nobody's concern.
  socket.on('error', ignore)
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}

function ignore(): void {
  // It closes next.
}
