import type {
  Cause,
  CauseNote,
  IndexEntries,
  LastSeenAudience,
  Standing,
  Status,
  UserRecord,
} from '../machine/index.ts'
import { isSameList } from './memory-sharing.ts'

/** Where a user stands: all index entries but `wakeAt`. */
export type Footing = Omit<IndexEntries, 'wakeAt'>

/** What many users have in common: everything of a record and its index entries that takes few different values. */
export interface UserManner {
  readonly format: number
  /** The part of `rev` before its counter, or all of a `rev` that has none. */
  readonly writer: string
  readonly lastSeenTo: LastSeenAudience
  readonly grants: readonly string[]
  readonly status: Status
  readonly cause: Cause | null
  readonly causeNodeId: string | null
  /** `null`: the instant of `statusSince`, as nearly always. */
  readonly causeAt: number | null
  readonly footing: Footing
}

export function mannerOf(record: UserRecord, writer: string, { nodes, shown, real }: IndexEntries): UserManner {
  const { format, lastSeenTo, grants, status, cause } = record
  return {
    format,
    writer,
    lastSeenTo,
    grants,
    status,
    cause: cause === null ? null : cause.cause,
    causeNodeId: cause === null ? null : cause.nodeId,
    causeAt: causeAtOf(cause, record.statusSince),
    footing: { nodes, shown, real },
  }
}

function causeAtOf(cause: CauseNote | null, statusSince: number): number | null {
  return cause === null || cause.at === statusSince ? null : cause.at
}

/** Whether other users are likely to be of the same manner. */
export function isCommonManner({ causeAt }: UserManner): boolean {
  return causeAt === null
}

export function keyOfManner({ grants }: UserManner): string {
  return grants[0] ?? ''
}

export function isSameManner(a: UserManner, b: UserManner): boolean {
  return (
    a.status === b.status &&
    a.cause === b.cause &&
    a.writer === b.writer &&
    a.causeNodeId === b.causeNodeId &&
    a.format === b.format &&
    a.lastSeenTo === b.lastSeenTo &&
    a.causeAt === b.causeAt &&
    isSameList(a.grants, b.grants) &&
    isSameFooting(a.footing, b.footing)
  )
}

/** Order counts: lists that differ in nothing else are moved for nothing, which does no harm. */
export function isSameFooting(a: Footing, b: Footing): boolean {
  return isSameList(a.nodes, b.nodes) && isSameStanding(a.shown, b.shown) && isSameStanding(a.real, b.real)
}

function isSameStanding(a: Standing, b: Standing): boolean {
  return a.status === b.status && isSameList(a.spaces, b.spaces)
}

/** No counter: `rev` is all writer. */
const UNCOUNTED = -1

/** Of a `rev` `nodeId:counter` many have the node in common. */
export function splitRev(rev: string): { readonly writer: string; readonly revision: number } {
  const end = rev.lastIndexOf(':')
  const revision = Number(rev.slice(end + 1))
  const writer = rev.slice(0, Math.max(end, 0))
  const isCounted = end >= 0 && Number.isSafeInteger(revision) && revision >= 0 && joinRev(writer, revision) === rev
  return isCounted ? { writer, revision } : { writer: rev, revision: UNCOUNTED }
}

export function joinRev(writer: string, revision: number): string {
  return revision === UNCOUNTED ? writer : `${writer}:${revision}`
}
