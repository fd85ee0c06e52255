import { EventEmitter } from 'node:events'
import { type Route, route } from '../../src/routes/route.ts'

const encoder = new TextEncoder()
const headers = { 'content-type': 'text/event-stream' }

/** A stream whose pieces the test sends, all but the first one. */
export const slow = {
  controller: null as ReadableStreamDefaultController<Uint8Array> | null,
  next(piece: number) {
    this.controller?.enqueue(encoder.encode(`piece ${piece}\n`))
  },
  end() {
    this.controller?.close()
  },
}

/** A stream that goes on for as long as somebody reads; tells when it began, with its request's signal, and when it was cancelled. */
export const endless = Object.assign(new EventEmitter<{ began: [AbortSignal]; cancelled: [] }>(), { produced: 0 })

const PIECE = new Uint8Array(64 * 1024)

export const streamRoutes: readonly Route[] = [
  route({
    name: 'testSlow',
    method: 'GET',
    path: '/test/slow',
    who: 'signed-in',
    summary: 'Streams.',
    response: null,
    handle: async () =>
      new Response(
        new ReadableStream<Uint8Array>({
          start(controller) {
            slow.controller = controller
            slow.next(0)
          },
        }),
        { headers },
      ),
  }),
  route({
    name: 'testEndless',
    method: 'GET',
    path: '/test/endless',
    who: 'signed-in',
    summary: 'Streams for ever.',
    response: null,
    async handle({ request }) {
      const { signal, url } = request
      const isFast = url.endsWith('?fast')
      let pieces = 0
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (!isFast && pieces > 0) return new Promise(() => {})
          pieces++
          endless.produced += PIECE.byteLength
          controller.enqueue(PIECE)
        },
        cancel() {
          endless.emit('cancelled')
        },
      })
      endless.emit('began', signal)
      return new Response(body, { headers })
    },
  }),
]
