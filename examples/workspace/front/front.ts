import { createServer, type Server } from 'node:http'
import { httpApi, type Route } from '../server/http-api.ts'
import { staticFiles } from '../server/static-files.ts'
import type { Tokens } from '../server/tokens.ts'
import type { NodePlace } from './nodes.ts'
import { passRequest, passSocket } from './pass-on.ts'

/**
 * What browsers talk to: it serves the page and its own routes, and passes everything else on to a node. A WebSocket
 * stays with its node, so nothing has to be sticky; when the node dies the browser comes back and gets another one.
 */
export function createFront(places: readonly NodePlace[], routes: readonly Route[], tokens: Tokens): Server {
  const answerApi = httpApi(routes, tokens.verify)
  const answerFile = staticFiles(new URL('../dist/', import.meta.url))
  const sockets = new Map<NodePlace, number>()
  const count = (place: NodePlace, by: number) => sockets.set(place, (sockets.get(place) ?? 0) + by)
  const living = () => places.filter(({ state, port }) => state === 'up' && port !== null)
  let turn = 0

  const front = createServer(async (request, response) => {
    try {
      if (await answerApi(request, response)) return
      if (!/^\/(api|socket\.io)\//.test(request.url ?? '')) return await answerFile(request, response)
      const up = living()
      passRequest(request, response, up[turn++ % up.length]?.port ?? null)
    } catch {
      // An address that is none, or a client that went away in the middle.
      if (!response.headersSent) response.writeHead(400)
      response.end()
    }
  })
  front.on('upgrade', (request, browser, head) => {
    const [place] = living().sort((a, b) => (sockets.get(a) ?? 0) - (sockets.get(b) ?? 0))
    if (!place?.port) return browser.destroy()
    count(place, 1)
    browser.once('close', () => count(place, -1))
    passSocket(request, browser, head, place.port)
  })
  return front
}
