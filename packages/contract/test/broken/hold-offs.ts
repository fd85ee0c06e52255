import type { NodeRenewal, PresenceStore } from '@rollcall/core'
import { broken } from './broken-store.ts'

/** Renews with another hold-off, or answers with one. */
function holdingOff(
  store: PresenceStore,
  settings: (holdOff: { afterMs: number; forMs: number }, nodeId: string) => { afterMs: number; forMs: number },
  change: (renewal: NodeRenewal, now: number, forMs: number) => NodeRenewal = (renewal) => renewal,
): Partial<PresenceStore> {
  return {
    renewNode: async (nodeId, until, now, holdOff) =>
      change(await store.renewNode(nodeId, until, now, settings(holdOff, nodeId)), now, holdOff.forMs),
  }
}

export const brokenHoldOffs = [
  broken('holds off from its first renewal', 'hold-off: the very first renewal begins no hold-off', (store) => {
    let isFirst = true
    return holdingOff(
      store,
      (holdOff) => holdOff,
      (renewal, now, forMs) => {
        const held = isFirst ? { ...renewal, holdOffUntil: now + forMs } : renewal
        isFirst = false
        return held
      },
    )
  }),

  broken('holds off a moment early', 'hold-off: renewals in time begin no hold-off', (store) =>
    holdingOff(store, ({ afterMs, forMs }) => ({ afterMs: afterMs - 1, forMs })),
  ),

  broken('never holds off', 'hold-off: a renewal after nobody renewed for so long begins a hold-off', (store) =>
    holdingOff(store, ({ forMs }) => ({ afterMs: Number.MAX_SAFE_INTEGER, forMs })),
  ),

  broken('counts the renewals of each node by itself', 'hold-off: the renewal of any node counts', (store) => {
    const last = new Map<string, number>()
    return {
      async renewNode(nodeId, until, now, holdOff) {
        const silence = now - (last.get(nodeId) ?? now)
        last.set(nodeId, now)
        const renewal = await store.renewNode(nodeId, until, now, holdOff)
        return silence >= holdOff.afterMs ? { ...renewal, holdOffUntil: now + holdOff.forMs } : renewal
      },
    }
  }),

  broken(
    'tells of a hold-off once',
    'hold-off: every node that renews is told of a hold-off until it ends',
    (store) => {
      let told = 0
      return holdingOff(
        store,
        (holdOff) => holdOff,
        (renewal) => {
          const isNews = renewal.holdOffUntil !== told
          told = renewal.holdOffUntil
          return isNews ? renewal : { ...renewal, holdOffUntil: 0 }
        },
      )
    },
  ),

  broken('kills during a hold-off', 'hold-off: no node is dead during a hold-off, and none is killed', (store) =>
    holdingOff(store, ({ afterMs }) => ({ afterMs, forMs: 0 })),
  ),

  broken(
    'lists during a hold-off whom it killed before',
    'hold-off: a node killed before a hold-off is not listed during it, and is at its end',
    (store) => {
      const killed = new Set<string>()
      return {
        async deadNodes(...args) {
          const { items, next } = await store.deadNodes(...args)
          for (const nodeId of items) killed.add(nodeId)
          return { items: [...new Set([...items, ...killed])], next }
        },
      }
    },
  ),

  broken('holds off once at a time', 'hold-off: a silence during a hold-off begins another one', (store) => {
    let until = 0
    return {
      async renewNode(nodeId, lease, now, holdOff) {
        const afterMs = now < until ? Number.MAX_SAFE_INTEGER : holdOff.afterMs
        const renewal = await store.renewNode(nodeId, lease, now, { ...holdOff, afterMs })
        until = Math.max(until, renewal.holdOffUntil)
        return renewal
      },
    }
  }),

  broken('holds off for ever', 'hold-off: who did not renew during a hold-off is dead at its end', (store) =>
    holdingOff(store, ({ afterMs, forMs }) => ({ afterMs, forMs: forMs * 100 })),
  ),
]
