import type { Identity, Viewer } from '@rollcall/core'

/** A viewer as the engine takes it for a request that counts as activity. */
export function identityOf({ userId, sessionId, spaces, device, meta }: Viewer): Identity {
  return { userId, sessionId, spaces, ...(device === null ? {} : { device }), meta }
}
