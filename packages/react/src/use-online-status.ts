import type { UserPresence } from '@rollcall/client'
import { useReadable } from './store/use-readable.ts'

function useUser<T>(userId: string | null | undefined, map: (user: UserPresence) => T): T {
  const known = userId ?? ''
  return useReadable((client) => client.user(known), known, map)
}

/**
 * Whether *that person* is here, and since when. Renders again when their presence changes, and never for anybody
 * else's. `null` and `undefined`, while the id is being loaded, give `status: 'unknown'` and watch nothing. The result is
 * an object, so always truthy: take it apart.
 *
 * ```tsx
 * const { status, isOnline, lastSeenAt, stale } = useOnlineStatus('ada') // right
 * if (useOnlineStatus('ada')) … // wrong: true of whoever is offline as well
 * ```
 */
export function useOnlineStatus(userId: string | null | undefined): UserPresence {
  // biome-ignore lint/complexity/noArguments: an id that is undefined is fine, one that is left out is another hook
  if (process.env.NODE_ENV !== 'production' && arguments.length === 0) {
    throw new Error(
      'rollcall: useOnlineStatus(userId) tells whether a person is here. For the browser’s own network connection call useBrowserOnline(), for yourself useMyPresence().',
    )
  }
  return useUser(userId, (user) => user)
}

/** Whether that person is here, in any status but `offline`; renders again only when that flips. Unknown people are not. */
export function useIsOnline(userId: string | null | undefined): boolean {
  return useUser(userId, (user) => user.isOnline)
}
