import { PresenceError } from '../errors.ts'
import type { Pending } from './user-entry.ts'

/** @param error What the store said; `null`: the node's lease is over. */
export function cannotSave(nodeId: string, error: unknown, details: Readonly<Record<string, number>>): PresenceError {
  if (error !== null) {
    return new PresenceError(
      'store-error',
      'the store failed; changes are kept and saved when it is back',
      details,
      error,
    )
  }
  return new PresenceError(
    'unavailable',
    `node ${nodeId} has lost touch with its store and may not write; its changes are kept until its lease stands again`,
    { nodeId, ...details },
  )
}

export function refusedAlone(userId: string, error: unknown, retryInMs: number): PresenceError {
  return new PresenceError(
    'store-error',
    `the store refuses the record of ${userId} while it takes others; it is tried again in ${retryInMs} ms`,
    { userId, retryInMs },
    error,
  )
}

/**
 * What stays queued when a save failed. Whoever connects tries again by himself; the failed call may have been executed
 * all the same, so their connection is reported lost.
 */
export function whatWaits(pending: readonly Pending[], now: number): readonly Pending[] {
  return mergeWaiting(
    pending.map((item) =>
      item.event.type === 'open'
        ? { ...item, event: { type: 'lost', at: now, connectionId: item.event.opening.connectionId } }
        : item,
    ),
  )
}

/**
 * What stays of the events that wait for a store to come back: the last word on each thing, in the order of those
 * words, and every end. Each carries the time it happened, so that what others said meanwhile is weighed against it.
 */
export function mergeWaiting(pending: readonly Pending[]): readonly Pending[] {
  const merged = new Map<unknown, Pending>()
  for (const item of pending) {
    const key = keyOf(item)
    if (key === null) continue
    // The first loss sets the deadline.
    if (item.event.type === 'lost' || item.event.type === 'hint' || item.event.type === 'drain') {
      if (!merged.has(key)) merged.set(key, item)
      continue
    }
    const other = merged.get(key)
    // Said before it, and only come later: who asks may have waited for the store's time.
    if (other !== undefined && timeOf(item) < timeOf(other)) continue
    merged.delete(key)
    merged.set(key, item)
  }
  return [...merged.values()]
}

function timeOf({ event }: Pending): number {
  return 'at' in event ? event.at : 0
}

/** What an event is the last word on; `null`: nothing is lost with it. */
function keyOf(item: Pending): unknown {
  const { event } = item
  switch (event.type) {
    case 'advance':
    case 'review':
    // Whoever asked for it was refused. Later it would erase what came after it.
    case 'forget':
      return null
    case 'claim':
      return `claim ${event.claim.source}`
    case 'clear':
      return `claim ${event.source}`
    case 'message':
    case 'audience':
      return event.type
    case 'restore':
      return `${event.type} ${event.record.rev}`
    case 'node-lost':
      return `${event.type} ${event.nodeId}`
    case 'touch':
      return `touch ${event.isInput} ${event.opening.sessionId}`
    case 'announce':
      return `announce ${event.connection.id}`
    case 'hint':
    case 'lost':
    case 'drain':
      return `loss ${event.connectionId}`
    case 'enter':
    case 'exit':
      return `stay ${event.connectionId} ${event.space}`
    case 'input':
    case 'idle':
      return `${event.type} ${event.connectionId}`
    case 'beat':
    case 'leave':
      return `${event.type} ${event.connectionId}`
    case 'sign-out':
      return `${event.type} ${event.sessionId ?? ''}`
    default:
      // Opens and kicks: each stands for itself.
      return item
  }
}
