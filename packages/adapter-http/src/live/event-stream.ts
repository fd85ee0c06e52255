import type { Ear, Presence } from '@rollcall/core'
import type { ServerMessage } from '@rollcall/core/protocol'

/** Says that the stream lives, to whoever reads it and to proxies on the way; between two of them it may be dead. */
const ALIVE_EVERY_MS = 15_000
/**
 * A reader that lags behind by more than this is cut off; it comes back with what it knows. One message may be larger, such
 * as a snapshot: were it cut off for that, the next one would be as large. In bytes.
 */
const MAX_BEHIND = 256 * 1024

const encoder = new TextEncoder()
const ALIVE = encoder.encode(':\n\n')

export interface EventStream {
  readonly ear: Ear
  readonly response: Response
}

/**
 * Server-sent events, one for each message.
 *
 * @param idOf What goes out as the `id` of an event; `null`: none.
 * @param onGone The reader is gone, or was cut off.
 */
export function createEventStream(
  { clock }: Presence,
  idOf: (message: ServerMessage) => string | null,
  onGone: () => void,
): EventStream {
  let controller: ReadableStreamDefaultController<Uint8Array> | null = null
  let timer: unknown = null
  const stop = () => {
    clock.clearTimer(timer)
    const open = controller
    controller = null
    return open
  }
  /** Bytes of a large message that waits: what comes behind it has as much room as ever. */
  let large = 0
  const write = (bytes: Uint8Array) => {
    if (controller === null) return
    const waiting = MAX_BEHIND - (controller.desiredSize ?? MAX_BEHIND)
    if (waiting < MAX_BEHIND) large = bytes.byteLength > MAX_BEHIND ? bytes.byteLength : 0
    if (waiting < large + MAX_BEHIND) return controller.enqueue(bytes)
    // Never a growing buffer: whoever comes back is told what is missing, or gets a fresh snapshot.
    stop()?.error(new Error('the reader is too slow'))
    onGone()
  }
  const live = () => {
    write(ALIVE)
    timer = clock.setTimer(live, ALIVE_EVERY_MS)
  }
  const body = new ReadableStream<Uint8Array>(
    {
      start(opened) {
        controller = opened
        // Headers go out with the first bytes: a client waits for them.
        live()
      },
      cancel() {
        stop()
        onGone()
      },
    },
    { highWaterMark: MAX_BEHIND, size: (chunk) => chunk?.byteLength ?? 0 },
  )
  return {
    ear: {
      hear(message) {
        const id = idOf(message)
        write(encoder.encode(`${id === null ? '' : `id: ${id}\n`}data: ${JSON.stringify(message)}\n\n`))
      },
      end: () => stop()?.close(),
    },
    response: new Response(body, {
      headers: {
        'content-type': 'text/event-stream; charset=utf-8',
        // Compression would hold events back until there are enough of them.
        'cache-control': 'no-store, no-transform',
        // Asks nginx not to gather it.
        'x-accel-buffering': 'no',
      },
    }),
  }
}
