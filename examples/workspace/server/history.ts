import type { Presence } from '@rollcall/core'
import type { HistoryEntry } from '../shared/events.ts'
import type { Relay } from './relay.ts'

export interface History {
  /** Newest first. */
  of(userId: string): readonly HistoryEntry[]
  onEntry(listener: (entry: HistoryEntry) => void): void
}

const KEPT = 60

/**
 * Keeps the last transitions of each user, with their causes. Presence itself remembers one; history is the application's
 * choice. A change is told in the process that saved it: the relay carries it to the others.
 */
export function createHistory(presence: Presence, relay: Relay): History {
  const entries = new Map<string, HistoryEntry[]>()
  const listeners: ((entry: HistoryEntry) => void)[] = []
  presence.on('change:admin', ({ userId, from, to, cause, at, connectionId, epoch, version }) => {
    if (from.status === to.status && from.hidden === to.hidden) return
    const deciding = [...to.claims].sort((a, b) => b.priority - a.priority)[0]
    const connection = [...to.connections, ...from.connections].find((known) => known.connectionId === connectionId)
    relay.publish('history', {
      id: `${userId} ${epoch} ${version}`,
      userId,
      from: from.status,
      to: to.status,
      hidden: to.hidden,
      cause,
      claimedBy: deciding?.source ?? null,
      device: connection?.device ?? null,
      at,
    })
  })
  relay.on('history', (entry) => {
    entries.set(entry.userId, [entry, ...(entries.get(entry.userId) ?? [])].slice(0, KEPT))
    for (const listener of listeners) listener(entry)
  })
  return {
    of: (userId) => entries.get(userId) ?? [],
    onEntry: (listener) => void listeners.push(listener),
  }
}
