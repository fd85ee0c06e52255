import { PresenceError } from '../errors.ts'
import type { Limits } from '../protocol/limits.ts'
import { DEFAULT_SPACES } from './access.ts'
import type { Identity, Presence, Viewer } from './presence.ts'

const encoder = new TextEncoder()

/** Most UTF-8 bytes that one unit of a string can need. */
const UNIT_BYTES = 3

/** How many bytes a text has in UTF-8; for one that is certainly within the limit, or certainly over it, its length. */
function bytesOf(text: string, limit: number): number {
  return text.length > limit || text.length * UNIT_BYTES <= limit ? text.length : encoder.encode(text).length
}

/** Checks an id or a name: a non-empty string within the limit that every database can hold. */
export function demandName(value: unknown, what: string, limits: Limits): string {
  if (typeof value !== 'string' || value === '') {
    throw new PresenceError('invalid-option', `${what} is ${JSON.stringify(value)}; give a non-empty string`, {
      what,
      value,
    })
  }
  const bytes = bytesOf(value, limits.idBytes)
  if (bytes > limits.idBytes) {
    throw new PresenceError('limit-exceeded', `${what} has ${bytes} bytes; at most ${limits.idBytes} are allowed`, {
      what,
      value,
      bytes,
      limit: limits.idBytes,
    })
  }
  if (value.includes('\0') || !value.isWellFormed()) {
    throw new PresenceError(
      'invalid-option',
      `${what} contains NUL or half a surrogate pair, which not every database can hold`,
      { what, value },
    )
  }
  return value
}

/** Checks what `authenticate` returned and fills in its defaults. */
export function createViewerOf(limits: Limits): Presence['viewerOf'] {
  return (identity: Identity, connectionId: string): Viewer => {
    const { userId, sessionId, spaces = DEFAULT_SPACES, device, meta = null } = identity
    demandName(userId, 'userId', limits)
    if (sessionId !== undefined) demandName(sessionId, 'sessionId', limits)
    if (device !== undefined) demandName(device, 'device', limits)
    for (const space of spaces) demandName(space, 'space', limits)
    const metaBytes = meta === null ? 0 : bytesOf(JSON.stringify(meta), limits.stateBytes)
    if (metaBytes > limits.stateBytes) {
      throw new PresenceError(
        'limit-exceeded',
        `meta has ${metaBytes} bytes; at most ${limits.stateBytes} are allowed`,
        { userId, bytes: metaBytes, limit: limits.stateBytes },
      )
    }
    return { userId, sessionId: sessionId ?? connectionId, spaces, device: device ?? null, meta }
  }
}
