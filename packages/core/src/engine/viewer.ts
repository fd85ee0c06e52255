import { PresenceError } from '../errors.ts'
import type { SpaceView } from '../machine/index.ts'
import type { Limits } from '../protocol/limits.ts'
import { measureJson } from '../protocol/measure-json.ts'
import { DEFAULT_SPACES } from './access.ts'
import type { Identity, OpenRequest, Presence, Viewer } from './presence.ts'

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
  return demandText(value, what)
}

/** Checks a text of whatever length: a string that every database can hold. */
export function demandText(value: unknown, what: string): string {
  if (typeof value !== 'string') {
    throw new PresenceError('invalid-option', `${what} is ${String(value)}; give a string`, { what, value })
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

/** Checks a value that is kept as it is: plain JSON within the limit, of which every string is one that databases hold. */
function demandJson(value: unknown, what: string, { stateBytes }: Limits): void {
  const size = measureJson(value, stateBytes)
  if (typeof size === 'number') return
  throw new PresenceError(
    size.code === 'limit-exceeded' ? 'limit-exceeded' : 'invalid-option',
    `${what} ${size.text}; it may be JSON of up to ${stateBytes} bytes`,
    { what, limit: stateBytes, ...size.details },
  )
}

/** Checks what a transport hands in beside the viewer. */
export function demandOpenable(
  { connectionId, instance, spaces }: Pick<OpenRequest, 'connectionId' | 'instance' | 'spaces'>,
  limits: Limits,
): void {
  demandName(connectionId, 'connectionId', limits)
  if (instance !== null) demandName(instance, 'instance', limits)
  for (const view of spaces) demandSpace(view, limits)
}

/** Checks a space and the state that is kept with it. */
export function demandSpace({ space, state }: SpaceView, limits: Limits): void {
  demandName(space, 'space', limits)
  if (state !== null) demandJson(state, `the state of ${space}`, limits)
}

/** Checks what `authenticate` returned and fills in its defaults. */
export function createViewerOf(limits: Limits): Presence['viewerOf'] {
  return (identity: Identity, connectionId: string): Viewer => {
    const { userId, sessionId, spaces = DEFAULT_SPACES, device, meta = null } = identity
    demandName(userId, 'userId', limits)
    if (sessionId !== undefined) demandName(sessionId, 'sessionId', limits)
    if (device !== undefined) demandName(device, 'device', limits)
    for (const space of spaces) demandName(space, 'space', limits)
    if (meta !== null) demandJson(meta, 'meta', limits)
    return { userId, sessionId: sessionId ?? connectionId, spaces, device: device ?? null, meta }
  }
}
