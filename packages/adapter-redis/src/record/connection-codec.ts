import type { Connection, ResumeMark, SpaceEntry } from '@rollcall/core'
import { fromRef, type NameRef, NONE, toRef, trimmed } from './names.ts'
import { fromOptionalStamp, fromStamp, type Stamp, toOptionalStamp, toStamp } from './stamps.ts'

/** What names are written as numbers, and what times are counted from. */
export interface Frame {
  readonly base: number
  readonly nodes: readonly string[]
  readonly spaces: readonly string[]
}

type StoredSpace = NameRef | readonly unknown[]

const PHASES: readonly Connection['phase'][] = ['active', 'idle', 'dormant']
/** The policy that most connections have. */
const USUAL_AFTER = [300_000, 1_800_000] as const

const DEFAULTS = [undefined, null, undefined, 0, NONE, null, 0, null, null, 0, 0, 0, 0, null, null, NONE]

/** A connection as a list. What is seldom anything but its default comes last, and is left out then. */
export function packConnection(connection: Connection, frame: Frame): unknown[] {
  const { base, nodes, spaces } = frame
  const { id, sessionId, nodeId, openedAt, inputAt, resume, lost, lease } = connection
  const { idleAfterMs, dormantAfterMs } = connection
  const isUsual = idleAfterMs === USUAL_AFTER[0] && dormantAfterMs === USUAL_AFTER[1]
  return trimmed(
    [
      id,
      nodeId === null ? null : toRef(nodeId, nodes),
      toStamp(openedAt, base),
      inputAt === openedAt ? 0 : [toStamp(inputAt, base)],
      connection.spaces.map(packSpace),
      resume === null ? null : packResume(resume),
      sessionId === id ? 0 : sessionId,
      connection.device,
      connection.meta,
      isUsual ? 0 : [idleAfterMs, dormantAfterMs],
      PHASES.indexOf(connection.phase),
      toStamp(connection.quietFrom, base),
      toStamp(connection.idledAt, base),
      lost === null ? null : [lost.cause, toStamp(lost.at, base), toStamp(lost.until, base)],
      lease === null ? null : [toStamp(lease.beatAt, base), toStamp(lease.until, base)],
      connection.replaces,
    ],
    DEFAULTS,
  )

  function packSpace({ space, state, at, since }: SpaceEntry): StoredSpace {
    const ref = toRef(space, spaces)
    // In opening, as most are entered: nothing but which one.
    if (state === null && at === 0 && since === undefined) return ref
    const rest = [ref, state, toStamp(at, base)]
    return since === undefined ? rest : [...rest, toOptionalStamp(since, base)]
  }
}

/** Hexadecimal as the engine writes hashes: its bytes take less room in base 64. */
const HEX = /^[0-9a-f]{32}$/
const BYTES = 16

function packResume({ hash, instance, used }: ResumeMark): unknown[] {
  return [hash, instance, ...used].map((text) => (text !== null && HEX.test(text) ? packHex(text) : packPlain(text)))
}

/** `+` before what is packed, `=` before what looks like it, anything else as it is. */
function packHex(text: string): string {
  let bytes = ''
  for (let at = 0; at < BYTES; at++) bytes += String.fromCharCode(Number.parseInt(text.slice(2 * at, 2 * at + 2), 16))
  return `+${btoa(bytes).slice(0, -2)}`
}

function packPlain(text: string | null): string | null {
  return text !== null && (text[0] === '+' || text[0] === '=') ? `=${text}` : text
}

function unpackText(text: string | null): string | null {
  if (text === null || (text[0] !== '+' && text[0] !== '=')) return text
  if (text[0] === '=') return text.slice(1)
  let hex = ''
  for (const byte of atob(text.slice(1))) hex += byte.charCodeAt(0).toString(16).padStart(2, '0')
  return hex
}

export function unpackConnection(fields: readonly unknown[], frame: Frame): Connection {
  const { base, nodes, spaces } = frame
  const field = <T>(at: number): T => (fields[at] === undefined ? DEFAULTS[at] : fields[at]) as T
  const id = field<string>(0)
  const nodeId = field<NameRef | null>(1)
  const openedAt = fromStamp(field<Stamp>(2), base)
  const inputAt = field<0 | readonly [Stamp]>(3)
  const resume = field<readonly [string | null, string, ...string[]] | null>(5)
  const sessionId = field<0 | string>(6)
  const after = field<0 | readonly [number | null, number | null]>(9)
  const lost = field<readonly [NonNullable<Connection['lost']>['cause'], Stamp, Stamp] | null>(13)
  const lease = field<readonly [Stamp, Stamp] | null>(14)
  return {
    id,
    sessionId: sessionId === 0 ? id : sessionId,
    nodeId: nodeId === null ? null : fromRef(nodeId, nodes),
    openedAt,
    phase: PHASES[field<number>(10)] as Connection['phase'],
    inputAt: inputAt === 0 ? openedAt : fromStamp(inputAt[0], base),
    quietFrom: fromStamp(field<Stamp>(11), base),
    idledAt: fromStamp(field<Stamp>(12), base),
    idleAfterMs: after === 0 ? USUAL_AFTER[0] : after[0],
    dormantAfterMs: after === 0 ? USUAL_AFTER[1] : after[1],
    lost: lost && { cause: lost[0], at: fromStamp(lost[1], base), until: fromStamp(lost[2], base) },
    lease: lease && { beatAt: fromStamp(lease[0], base), until: fromStamp(lease[1], base) },
    device: field<string | null>(7),
    meta: field<Connection['meta']>(8),
    spaces: field<readonly StoredSpace[]>(4).map((stored) => unpackSpace(stored)),
    resume: resume && unpackResume(resume),
    replaces: field<readonly string[]>(15),
  }

  function unpackSpace(stored: StoredSpace): SpaceEntry {
    if (typeof stored !== 'object') return { space: fromRef(stored, spaces), state: null, at: 0 }
    const [ref, state, at, since] = stored as [NameRef, SpaceEntry['state'], Stamp, Stamp?]
    const entry = { space: fromRef(ref, spaces), state, at: fromStamp(at, base) }
    return since === undefined ? entry : { ...entry, since: fromOptionalStamp(since, base) as number }
  }
}

function unpackResume(stored: readonly (string | null)[]): ResumeMark {
  const [hash = null, instance, ...used] = stored.map(unpackText)
  return { hash, instance: instance as string, used: used as string[] }
}
