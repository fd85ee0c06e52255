import {
  type Connection,
  emptyRecord,
  type IndexEntries,
  type PresenceStore,
  type PublishedTopic,
  type Standing,
  type Status,
  type UserRecord,
  type Write,
} from '@rollcall/core'
import { ContractViolation } from './checks.ts'

/** The instant around which all cases play, in ms of store time: stamps have the size that they have in life. */
export const NOON = Date.UTC(2026, 0, 1, 12)

/** Who writes where the writer does not matter; never takes a lease. */
const WRITER = 'writer'

/** What a case says of a user; everything else is filled in. */
export interface Sample {
  readonly userId: string
  /** @default 1 */
  readonly version?: number
  /** @default `writer:<version>` */
  readonly rev?: string
  /** The real status. @default 'online' */
  readonly status?: Status
  /** Where the user stands, if present. @default nowhere */
  readonly spaces?: readonly string[]
  /** Nodes that hold a connection. @default none */
  readonly nodes?: readonly string[]
  /** @default null */
  readonly wakeAt?: number | null
  /** Others see the user here instead. @default the same */
  readonly shown?: Standing
  /** Anything else of the record. */
  readonly record?: Partial<UserRecord>
}

/** How a sample is written. */
export interface Manner {
  /** The `rev` that must stand. @default null: nobody */
  readonly expected?: string | null
  /** @default {@link WRITER} */
  readonly writer?: string
  /** @default none */
  readonly topics?: readonly PublishedTopic[]
  /** @default null */
  readonly note?: unknown
}

/** Offline, and therefore nowhere: how others see who is invisible. */
export const HIDDEN: Standing = { status: 'offline', spaces: [] }

/** The record of a sample; it looks like one of life, and agrees with {@link indexOf}. */
export function recordOf(sample: Sample): UserRecord {
  const { userId, version = 1, status = 'online', nodes = [], spaces = [], shown } = sample
  const holders: readonly (string | null)[] = nodes.length > 0 ? nodes : status === 'offline' ? [] : [null]
  return {
    ...emptyRecord(userId),
    rev: revOf(sample),
    epoch: NOON,
    version,
    connections: holders.map((nodeId, position) => connectionOf(`${userId}/${position}`, nodeId, spaces)),
    status,
    statusSince: NOON,
    lastSeenAt: NOON,
    // A record is plain JSON, which knows no `undefined`.
    shown:
      shown === undefined
        ? null
        : { status: shown.status, statusSince: NOON, lastSeenAt: NOON, lastSeenTo: 'everyone', message: null },
    ...sample.record,
  } as UserRecord
}

function connectionOf(id: string, nodeId: string | null, spaces: readonly string[]): Connection {
  return {
    id,
    sessionId: id,
    nodeId,
    openedAt: NOON,
    phase: 'active',
    inputAt: NOON,
    quietFrom: 0,
    idledAt: 0,
    idleAfterMs: 300_000,
    dormantAfterMs: 1_800_000,
    lost: null,
    lease: nodeId === null ? { beatAt: NOON, until: NOON + 90_000 } : null,
    device: null,
    meta: null,
    spaces: spaces.map((space) => ({ space, state: null, at: NOON })),
    resume: null,
    replaces: [],
  }
}

/** The `rev` that a sample is saved under. */
function revOf({ rev, version = 1 }: Sample): string {
  return rev ?? `${WRITER}:${version}`
}

/** What a sample is indexed under. */
function indexOf({ status = 'online', spaces = [], nodes = [], wakeAt = null, shown }: Sample): IndexEntries {
  const real: Standing = { status, spaces: status === 'offline' ? [] : spaces }
  return { wakeAt, nodes, real, shown: shown ?? real }
}

/** The write that saves a sample. */
export function writeOf(sample: Sample, manner: Manner = {}): Write {
  const { expected = null, writer = WRITER, topics = [], note = null } = manner
  const record = recordOf(sample)
  const { userId, epoch, version } = record
  const change = { userId, epoch, version, record, note }
  return { userId, record, expected, writer, index: indexOf(sample), topics, change }
}

/** The write that forgets who is stored as `sample`. */
export function forgetOf(sample: Sample, manner: Manner = {}): Write {
  const { expected = revOf(sample), writer = WRITER, topics = [], note = null } = manner
  const { userId, version = 1 } = sample
  const change = { userId, epoch: NOON, version: version + 1, record: null, note }
  return { userId, record: null, expected, writer, index: null, topics, change }
}

/** Saves in one call; fails the case unless every write is accepted. */
export async function mustSave(store: PresenceStore, ...writes: readonly Write[]): Promise<void> {
  const results = await store.save(writes)
  const refused = results.findIndex(({ ok }) => !ok)
  if (results.length === writes.length && refused < 0) return
  const result = JSON.stringify(results[refused] ?? results)
  throw new ContractViolation(
    `a write of ${JSON.stringify(writes[Math.max(refused, 0)]?.userId)} is refused: ${result}`,
  )
}

/** Saves new users in one call. */
export async function mustCreate(store: PresenceStore, ...samples: readonly Sample[]): Promise<void> {
  await mustSave(store, ...samples.map((sample) => writeOf(sample)))
}
