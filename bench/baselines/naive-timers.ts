import { EventEmitter } from 'node:events'

/** A connection as the application knows it, with the fields that tutorials hang onto it. */
export interface NaiveSocket {
  readonly id: string
  readonly userId: string
  timer: NodeJS.Timeout | null
  idle: boolean
}

export interface NaiveStatus {
  readonly userId: string
  readonly status: 'online' | 'away' | 'offline'
  readonly lastSeenAt: number | null
}

/**
 * Presence in one process as the usual tutorials build it: a Map from user to the Set of their sockets, and an idle
 * timer per socket that each activity replaces. Emits `change` when a user's status changes.
 */
export function createNaivePresence(idleAfterMs: number) {
  const events = new EventEmitter<{ change: [NaiveStatus] }>()
  const users = new Map<string, Set<NaiveSocket>>()
  const lastSeen = new Map<string, number>()

  function statusOf(userId: string): NaiveStatus {
    const sockets = users.get(userId)
    if (sockets === undefined) return { userId, status: 'offline', lastSeenAt: lastSeen.get(userId) ?? null }
    for (const socket of sockets) if (!socket.idle) return { userId, status: 'online', lastSeenAt: null }
    return { userId, status: 'away', lastSeenAt: null }
  }
  function arm(socket: NaiveSocket): void {
    socket.timer = setTimeout(() => {
      const before = statusOf(socket.userId).status
      socket.idle = true
      announceFrom(socket.userId, before)
    }, idleAfterMs)
  }
  function announceFrom(userId: string, before: NaiveStatus['status']): void {
    const now = statusOf(userId)
    if (now.status !== before) events.emit('change', now)
  }

  return {
    events,
    get held(): number {
      let held = 0
      for (const sockets of users.values()) held += sockets.size
      return held
    },
    connect(socket: NaiveSocket): void {
      const before = statusOf(socket.userId).status
      let sockets = users.get(socket.userId)
      if (sockets === undefined) {
        sockets = new Set()
        users.set(socket.userId, sockets)
      }
      sockets.add(socket)
      arm(socket)
      announceFrom(socket.userId, before)
    },
    activity(socket: NaiveSocket): void {
      if (socket.timer !== null) clearTimeout(socket.timer)
      arm(socket)
      if (!socket.idle) return
      const before = statusOf(socket.userId).status
      socket.idle = false
      announceFrom(socket.userId, before)
    },
    disconnect(socket: NaiveSocket): void {
      if (socket.timer !== null) clearTimeout(socket.timer)
      const sockets = users.get(socket.userId)
      if (sockets?.delete(socket) && sockets.size === 0) {
        users.delete(socket.userId)
        lastSeen.set(socket.userId, Date.now())
        events.emit('change', statusOf(socket.userId))
      }
    },
    read(userIds: readonly string[]): NaiveStatus[] {
      return userIds.map(statusOf)
    },
  }
}
