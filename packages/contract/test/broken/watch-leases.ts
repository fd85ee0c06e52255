import type { PresenceStore } from '@rollcall/core'

/** Leases as the wrapper of a broken store knows them. */
export function watchLeases(store: PresenceStore) {
  const leases = new Map<string, number>()
  const renewNode: PresenceStore['renewNode'] = async (nodeId, until, ...rest) => {
    leases.set(nodeId, until)
    return store.renewNode(nodeId, until, ...rest)
  }
  return { leases, renewNode }
}
