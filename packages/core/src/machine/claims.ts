import { blanked, cleared, type Draft, indexOfSuccessor, isBlank, over, setClaim } from './draft.ts'
import type { PresenceEvent, Verdict } from './event.ts'
import type { Claim, StatusMessage } from './record.ts'
import { isInvisible } from './status.ts'

type EventOf<T extends PresenceEvent['type']> = Extract<PresenceEvent, { type: T }>

/** Sets a claim. One per source, the last one wins; repeating one that stands changes nothing anyone can see. */
export function claim(draft: Draft, event: EventOf<'claim'>, now: number): Verdict {
  const { at, claim: request } = event
  let { connectionId } = request
  if (connectionId !== null) {
    const bound = draft.connections[indexOfSuccessor(draft, connectionId, at)]
    if (bound === undefined || request.status === 'invisible') return 'unbindable'
    connectionId = bound.id
  }
  if (isOver(request.until, now)) return clear(draft, { type: 'clear', at, source: request.source })
  const index = draft.claims.findIndex(({ source }) => source === request.source)
  const standing = draft.claims[index]
  if (standing !== undefined && (standing.at > at || diedWith(standing, connectionId, at))) return 'unchanged'
  const repeats =
    standing !== undefined &&
    standing.status === request.status &&
    standing.priority === request.priority &&
    standing.until === request.until &&
    standing.connectionId === connectionId
  if (repeats && standing.at === at) return 'unchanged'
  setClaim(draft, index, { ...request, connectionId, since: repeats ? standing.since : at, at })
  return 'applied'
}

/** The same statement again, of a claim that died with the connection it was bound to. */
function diedWith(standing: Claim, connectionId: string | null, at: number): boolean {
  return (
    standing.status === null && standing.at === at && connectionId !== null && standing.connectionId === connectionId
  )
}

/**
 * What was over before it arrived was never seen and never will be: it only ends what it replaced. To show it for no
 * time at all would change stamps, and make the redelivery of an expired claim a change.
 */
function isOver(until: number | null, now: number): boolean {
  return until !== null && until <= now
}

/** Ends a claim. Its stamp stays, so that an older set that arrives late does not bring it back. */
export function clear(draft: Draft, event: EventOf<'clear'>): Verdict {
  const { at, source } = event
  const index = draft.claims.findIndex((standing) => standing.source === source)
  const standing = draft.claims[index]
  if (standing !== undefined && (standing.at > at || (standing.status === null && standing.at === at)))
    return 'unchanged'
  const blank: Claim = { source, status: null, priority: 0, until: null, connectionId: null, since: at, at }
  setClaim(draft, index, standing === undefined ? blank : cleared(standing, at))
  return 'applied'
}

/** Sets or, with `null`, clears the status message. While invisible, others keep the message they had. */
export function setMessage(draft: Draft, event: EventOf<'message'>, now: number): Verdict {
  const { at } = event
  const standing = draft.message
  if (standing !== null && standing.at > at) return 'unchanged'
  const next: StatusMessage =
    event.message === null || isOver(event.message.until, now)
      ? { text: '', emoji: null, until: null, at }
      : { ...event.message, at }
  if (standing !== null && standing.at === at && sameMessage(standing, next)) return 'unchanged'
  draft.message = next
  if (draft.shown !== null && !isInvisible(draft.claims)) draft.shown = { ...draft.shown, message: next }
  return 'applied'
}

export function sameMessage(a: StatusMessage | null, b: StatusMessage | null): boolean {
  if (a === b) return true
  if (isBlank(a) || isBlank(b)) return isBlank(a) && isBlank(b)
  return a?.text === b?.text && a?.emoji === b?.emoji && a?.until === b?.until
}

/** A claim's time is over. */
export function expireClaim(draft: Draft, index: number): void {
  const expired = draft.claims[index] as Claim
  setClaim(draft, index, over(expired))
}

/** The time of the message is over: of the real one, of the one that others see, or of both. */
export function expireMessage(draft: Draft, at: number): void {
  const { message, shown } = draft
  if (message !== null && isOver(message.until, at)) draft.message = blanked(message)
  if (shown !== null && shown.message !== null && isOver(shown.message.until, at)) {
    draft.shown = { ...shown, message: blanked(shown.message) }
  }
}

/**
 * Who may see `lastSeenAt`: the last word counts, of two at one instant the more private one. While invisible, others
 * keep what they had.
 */
export function setAudience(draft: Draft, { at, lastSeenTo }: Pick<EventOf<'audience'>, 'at' | 'lastSeenTo'>): Verdict {
  const { lastSeenToAt } = draft
  const isMorePrivate = lastSeenTo === 'admins' && draft.lastSeenTo !== 'admins'
  if (at < lastSeenToAt || (at === lastSeenToAt && !isMorePrivate)) return 'unchanged'
  draft.lastSeenTo = lastSeenTo
  draft.lastSeenToAt = at
  if (draft.shown !== null && !isInvisible(draft.claims)) draft.shown = { ...draft.shown, lastSeenTo }
  return 'applied'
}
