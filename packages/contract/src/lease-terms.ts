import type { NodeRenewal, PresenceStore } from '@rollcall/core'
import { NOON } from './samples.ts'

/** A node lease, in ms. */
export const LEASE = 30_000

/** For so long a killed node is remembered at least, in ms. */
export const DAY = 24 * 60 * 60 * 1000

/** A hold-off that no case reaches by accident. */
export const FAR = { afterMs: 1e9, forMs: LEASE } as const

/** Two renewal periods without any renewal begin a hold-off of one lease. */
export const USUAL = { afterMs: 20_000, forMs: LEASE } as const

/** Renews for one lease from `now` on, with {@link FAR}. */
export function renew(store: PresenceStore, nodeId: string, now = NOON): Promise<NodeRenewal> {
  return store.renewNode(nodeId, now + LEASE, now, FAR)
}
