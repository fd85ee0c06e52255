import type { MyPresence, PresenceClient } from '@rollcall/client'
import { usePresenceClient } from './context.ts'
import { useReadable } from './store/use-readable.ts'

/** What one may say of oneself. The functions stay the same for the life of the client, and never reject. */
export type MyPresenceActions = Pick<PresenceClient, 'setStatus' | 'setMessage' | 'clear'>

/**
 * Oneself, and what one may say of oneself. Asked-for changes show at once, `pending` until saved, and are rolled back
 * when refused. Any number of components may use it; none of them joins or leaves anything.
 */
export function useMyPresence(): readonly [me: MyPresence, actions: MyPresenceActions] {
  return [useReadable((client) => client.me), usePresenceClient()]
}
