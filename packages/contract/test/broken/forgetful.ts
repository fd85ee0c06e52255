import type { PresenceStore } from '@rollcall/core'

const HOUR = 60 * 60 * 1000

/** Takes whoever did not renew for an hour for a new node. */
export function forgetful(store: PresenceStore): Partial<PresenceStore> {
  const renewedAt = new Map<string, number>()
  return {
    async renewNode(nodeId, until, now, holdOff) {
      const renewal = await store.renewNode(nodeId, until, now, holdOff)
      const before = renewedAt.get(nodeId) ?? now
      if (renewal.stands) renewedAt.set(nodeId, now)
      return now - before > HOUR ? { ...renewal, stands: true } : renewal
    },
  }
}
