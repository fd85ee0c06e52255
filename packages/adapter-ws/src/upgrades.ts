import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Server as HttpsServer } from 'node:https'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'

export interface UpgradeOptions {
  readonly path: string
  readonly maxPayload: number
  /** Asked for each request to our path; `false` is answered with 403. */
  mayConnect(request: IncomingMessage): boolean
  onConnection(socket: WebSocket, request: IncomingMessage): void
}

/**
 * Takes the WebSocket upgrades of one path. Those of other paths are left to whoever else listens; where nobody does,
 * they are answered with 404, for they would stay open for ever.
 *
 * @returns What ends that. Connections stay.
 */
export function takeUpgrades(server: HttpServer | HttpsServer, options: UpgradeOptions): () => void {
  const { path, maxPayload } = options
  const webSockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload,
  })
  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (request.url?.split('?', 1)[0] !== path) {
      if (server.listenerCount('upgrade') === 1) turnAway(socket, '404 Not Found')
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

function turnAway(socket: Duplex, status: string): void {
  // Whoever resets the line meanwhile is nobody's concern.
  socket.on('error', () => {})
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
