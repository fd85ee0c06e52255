interface Seen {
  lastActive: number
  online: boolean
}

/** The sweeper that replaces timers in the usual tutorials: every so often, look at everybody. */
export function createNaiveScan(idleAfterMs: number, onIdle: (id: string) => void) {
  const connections = new Map<string, Seen>()
  return {
    touch(id: string, now: number): void {
      const seen = connections.get(id)
      if (seen === undefined) connections.set(id, { lastActive: now, online: true })
      else {
        seen.lastActive = now
        seen.online = true
      }
    },
    /** What `setInterval` would call. */
    scan(now: number): void {
      for (const [id, seen] of connections) {
        if (!seen.online || now - seen.lastActive < idleAfterMs) continue
        seen.online = false
        onIdle(id)
      }
    },
  }
}
