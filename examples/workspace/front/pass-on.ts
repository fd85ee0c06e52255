import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'

const HOST = '127.0.0.1'

/** Passes a request on to a node. Without a node, or when it does not answer, the answer is 502. */
export function passRequest(request: IncomingMessage, response: ServerResponse, port: number | null): void {
  const unanswered = () => {
    if (response.headersSent) return response.destroy()
    response.writeHead(502, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ error: 'No node answers. Try again in a moment.' }))
  }
  if (port === null) return void unanswered()
  const { method, url, headers } = request
  const passed = ask({ host: HOST, port, method, path: url, headers }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers)
    answer.on('error', () => response.destroy()).pipe(response)
  })
  passed.on('error', unanswered)
  request.pipe(passed)
}

/** Joins a browser's WebSocket to a node, byte by byte, until either of them ends. */
export function passSocket(request: IncomingMessage, browser: Duplex, head: Buffer, port: number): void {
  const node = connect(port, HOST)
  const { method, url, rawHeaders } = request
  const headers = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}`] : []))
  node.write(`${[`${method} ${url} HTTP/1.1`, ...headers].join('\r\n')}\r\n\r\n`)
  node.write(head)
  for (const [from, to] of [
    [browser, node],
    [node, browser],
  ] as const) {
    from.on('error', () => to.destroy()).on('close', () => to.destroy())
    from.pipe(to)
  }
}
