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

/** Whether this is the manner of a record and its index entries; found out without making one. */
export function isMannerOf(manner: UserManner, record: UserRecord, writer: string, index: IndexEntries): boolean {
  const { cause } = record
  return (
    manner.status === record.status &&
    manner.writer === writer &&
    (cause === null
      ? manner.cause === null
      : manner.cause === cause.cause &&
        manner.causeNodeId === cause.nodeId &&
        manner.causeAt === causeAtOf(cause, record.statusSince)) &&
    manner.format === record.format &&
    manner.lastSeenTo === record.lastSeenTo &&
    isSameList(manner.grants, record.grants) &&
    isSameFooting(manner.footing, index)
  )
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

/** Longest counter that is surely exact as a number. */
const MAX_DIGITS = 15
const COLON = 58
const ZERO = 48

/** The counter of a `rev` `nodeId:counter`, written as JavaScript writes numbers; −1 of any other. */
export function revisionOf(rev: string): number {
  let value = 0
  let factor = 1
  for (let i = rev.length - 1; i >= 0 && rev.length - i <= MAX_DIGITS + 1; i--) {
    const code = rev.charCodeAt(i)
    const digit = code - ZERO
    if (code === COLON) {
      const isWritten = i < rev.length - 1 && (rev.charCodeAt(i + 1) !== ZERO || i === rev.length - 2)
      return isWritten ? value : UNCOUNTED
    }
    if (digit < 0 || digit > 9) return UNCOUNTED
    value += digit * factor
    factor *= 10
  }
  return UNCOUNTED
}

/** The part of a `rev` before its counter, which many have in common: `likely` itself where it is that. */
export function writerOf(rev: string, revision: number, likely: string): string {
  if (revision === UNCOUNTED) return rev
  const end = rev.lastIndexOf(':')
  return end === likely.length && rev.startsWith(likely) ? likely : rev.slice(0, end)
}

/** Whether `rev` is what {@link joinRev} would make, without making it. */
export function isRevOf(rev: string, writer: string, revision: number): boolean {
  if (revision === UNCOUNTED) return rev === writer
  return rev.lastIndexOf(':') === writer.length && revisionOf(rev) === revision && rev.startsWith(writer)
}

export function joinRev(writer: string, revision: number): string {
  return revision === UNCOUNTED ? writer : `${writer}:${revision}`
}
