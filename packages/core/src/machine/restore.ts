import { setAudience } from './claims.ts'
import { place, wasEnded } from './connects.ts'
import { activeAt, type Draft, indexOfConnection, isBlank, isReplaced, over, seenAt, setClaim } from './draft.ts'
import { remove } from './ends.ts'
import type { PresenceEvent, Verdict } from './event.ts'
import { type Connection, type EndedMark, isOfRequests, type UserRecord } from './record.ts'

type EventOf<T extends PresenceEvent['type']> = Extract<PresenceEvent, { type: T }>

/**
 * What a store forgot although it had confirmed it: each operation that is newer than what stands counts again. Held
 * connections that live are not brought back into a record that stands, for their holders announce them; leased and
 * lost ones nobody announces. Where nothing stands, all comes back as it was: of whoever is gone a sweep finds out.
 */
export function restore(draft: Draft, { at, record }: EventOf<'restore'>, now: number): Verdict {
  // Higher than any that was heard of before the loss, or feeds would take what follows for old.
  if (draft.epoch <= record.epoch) draft.epoch = Math.max(now, record.epoch + 1)
  restoreEnds(draft, record)
  for (const connection of record.connections) {
    if (connection.lease !== null) restoreLeased(draft, connection, at)
    else restoreHeld(draft, connection, at)
  }
  restoreClaims(draft, record, now)
  const { message } = record
  if (message !== null && message.at > (draft.message?.at ?? 0) && !(isBlank(message) && draft.message === null)) {
    draft.message = message
  }
  setAudience(draft, { lastSeenTo: record.lastSeenTo, at: record.lastSeenToAt })
  seenAt(draft, record.lastSeenAt)
  activeAt(draft, record.lastActiveAt)
  return 'applied'
}

/** What ended on purpose stays ended, whoever stands there again. */
function restoreEnds(draft: Draft, { ended, signedOutAt }: UserRecord): void {
  const isKnown = (mark: EndedMark) =>
    draft.ended.some(({ kind, id, at }) => kind === mark.kind && id === mark.id && at >= mark.at)
  const missing = ended.filter((mark) => !isKnown(mark))
  if (missing.length > 0) draft.ended = [...draft.ended, ...missing]
  draft.signedOutAt = Math.max(draft.signedOutAt, signedOutAt)
  const gone = draft.connections.filter(({ id, sessionId, openedAt }) => wasEnded(draft, id, sessionId, openedAt))
  if (gone.length > 0) remove(draft, gone)
}

/**
 * Beside a later one of its page, or of its session if it is that of requests, it says nothing any more; in the place of an
 * earlier one of its page it stands for that.
 */
function restoreLeased(draft: Draft, connection: Connection, at: number): void {
  const { id, sessionId, openedAt, lease, replaces } = connection
  if (lease === null || lease.until <= at || indexOfConnection(draft, id) >= 0) return
  const isSame = (other: Connection) =>
    other.sessionId === sessionId && (isOfRequests(connection) || isOfPage(other, connection))
  const hasLater = draft.connections.some((other) => isSame(other) && other.openedAt >= openedAt)
  if (hasLater || isReplaced(draft, id) || wasEnded(draft, id, sessionId, openedAt)) return
  const isEarlier = (other: Connection) => replaces.includes(other.id) || isOfPage(other, connection)
  place(draft, connection, draft.connections.findIndex(isEarlier))
}

/** Whether both are leases of one page. */
function isOfPage(other: Connection, { resume }: Connection): boolean {
  return other.lease !== null && resume !== null && other.resume?.instance === resume.instance
}

/** A held connection stands for those whose place it took; a lost one can still be resumed. */
function restoreHeld(draft: Draft, connection: Connection, at: number): void {
  const { id, sessionId, openedAt, replaces, lost } = connection
  if (indexOfConnection(draft, id) >= 0 || isReplaced(draft, id) || wasEnded(draft, id, sessionId, openedAt)) return
  const replaced = draft.connections.findIndex((other) => replaces.includes(other.id))
  if (replaced >= 0 || (lost !== null && lost.until > at)) place(draft, connection, replaced)
}

/** The last word on each source wins; one bound to a connection that is not there says nothing any more. */
function restoreClaims(draft: Draft, { claims }: UserRecord, now: number): void {
  for (const claim of claims) {
    const index = draft.claims.findIndex(({ source }) => source === claim.source)
    const standing = draft.claims[index]
    if (standing !== undefined && standing.at >= claim.at) continue
    const isOver = claim.until !== null && claim.until <= now
    const stands = !isOver && (claim.connectionId === null || indexOfConnection(draft, claim.connectionId) >= 0)
    if (standing === undefined && claim.status === null) continue
    setClaim(draft, index, stands ? claim : over(claim))
  }
}
