import type { ServerResponse } from 'node:http'
import type { Handed, PresenceHandler } from '../handler.ts'
import { type NodeRequest, toRequest } from './request.ts'
import { sendResponse } from './response.ts'

/** Serves one request of Node. @param path With the query, before any framework took a prefix off. Never rejects. */
export async function serve<C>(
  handler: PresenceHandler<C>,
  incoming: NodeRequest,
  outgoing: ServerResponse,
  path: string,
  handed: Handed<C>,
): Promise<void> {
  const gone = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort()
  })
  const response = await handler(toRequest(incoming, path, gone.signal), handed)
  await sendResponse(response, outgoing)
}
