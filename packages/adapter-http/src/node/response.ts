import type { ServerResponse } from 'node:http'
import { textOf } from '../problem.ts'

/**
 * Sends a `Response` by a response of Node. Waits when the client reads slowly; when the client goes away, cancels the
 * body. Never rejects: a body that fails ends the connection, so that the client sees it was cut.
 */
export async function sendResponse(response: Response, outgoing: ServerResponse): Promise<void> {
  if (outgoing.headersSent || outgoing.destroyed) return void response.body?.cancel().catch(ignore)
  outgoing.statusCode = response.status
  for (const [name, value] of response.headers) {
    if (name !== 'set-cookie') outgoing.setHeader(name, value)
  }
  const cookies = response.headers.getSetCookie()
  if (cookies.length > 0) outgoing.setHeader('set-cookie', cookies)
  // One piece with its headers, and no stream in between.
  const text = textOf(response)
  if (text !== undefined) return void outgoing.end(text)
  if (response.body === null) return void outgoing.end()
  try {
    await stream(response.body, outgoing)
  } catch {
    outgoing.destroy()
  }
}

async function stream(body: ReadableStream<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  const reader = body.getReader()
  let drained: (() => void) | null = null
  outgoing.on('drain', () => drained?.())
  outgoing.once('close', () => {
    reader.cancel().catch(ignore)
    drained?.()
  })
  // What begins a stream of events arrives before its first event.
  outgoing.flushHeaders()
  for (;;) {
    const { done, value } = await reader.read()
    if (done) break
    if (outgoing.destroyed) return
    if (outgoing.write(value)) continue
    await new Promise<void>((resolve) => {
      drained = resolve
      // It may have closed before anybody listened.
      if (outgoing.destroyed) resolve()
    })
    drained = null
  }
  outgoing.end()
}

function ignore(): void {
  // Nobody is left to be told.
}
