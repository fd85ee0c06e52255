import type { PresenceStatus } from './user-presence.ts'

/**
 * Which users. `space`: who stands there, in the order they came to be known; otherwise the named ones, in the order
 * given. Without `status` all of them. Two equal queries are one: they share a readable and a watch.
 */
export type UsersQuery =
  | { readonly space: string; readonly status?: PresenceStatus | readonly PresenceStatus[] }
  | { readonly userIds: readonly string[]; readonly status?: PresenceStatus | readonly PresenceStatus[] }
