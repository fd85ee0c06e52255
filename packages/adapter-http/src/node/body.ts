import type { IncomingMessage } from 'node:http'
import { cutShort, gather, type LentBody, tooLarge } from '../body.ts'

/** The body of a request of Node, where it is; `null` if there is none. */
export function bodyOf(incoming: IncomingMessage, parsed: unknown): LentBody | null {
  const { headers } = incoming
  if (headers['transfer-encoding'] === undefined && (headers['content-length'] ?? '0') === '0') return null
  // A body parser came first: nothing is left to read but what it made of it.
  if (incoming.readableDidRead || incoming.readableEnded) return { parsed }
  return { read: (limit) => read(incoming, limit) }
}

function read(incoming: IncomingMessage, limit: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const gathered = gather(limit)
    const done = () => {
      incoming.off('data', onData)
      incoming.off('end', onEnd)
      incoming.off('close', onCut)
      incoming.off('error', onCut)
    }
    const onData = (chunk: Uint8Array) => {
      if (gathered.add(chunk)) return
      done()
      // Node throws the rest away once the answer is sent.
      incoming.pause()
      reject(tooLarge(limit))
    }
    const onEnd = () => {
      done()
      resolve(gathered.bytes())
    }
    const onCut = () => {
      done()
      reject(cutShort())
    }
    incoming.on('data', onData)
    incoming.once('end', onEnd)
    incoming.once('close', onCut)
    incoming.once('error', onCut)
    if (incoming.destroyed) onCut()
  })
}
