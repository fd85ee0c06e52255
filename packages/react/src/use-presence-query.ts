import type { PresenceClient, UsersQuery } from '@rollcall/client'
import { useEffect, useMemo, useRef } from 'react'
import { usePresenceClient } from './context.ts'
import { derive, type Read } from './store/derive.ts'
import { useReadable } from './store/use-readable.ts'

/** Two equal queries have one key, so that a query may be written where it is used. */
const useKey = (query: UsersQuery) => useMemo(() => JSON.stringify(query), [query])

/** The ids of a query, in its order; the same array while only what is outside the query changes. */
export function usePresenceIds(query: UsersQuery): readonly string[] {
  return useReadable((client) => client.ids(query), useKey(query))
}

/** How many users a query has. */
export function usePresenceCount(query: UsersQuery): number {
  return useReadable((client) => client.count(query), useKey(query))
}

/**
 * Anything that can be read from the client. `select` may read whatever it likes, also depending on what it read before;
 * it runs again when one of those changes, and the component renders only when `isEqual` denies.
 *
 * ```tsx
 * const free = usePresenceSelector((read, client) => team.filter((id) => read(client.user(id)).status === 'online').length)
 * ```
 *
 * @param isEqual `Object.is` by default, so a selector that builds an array or object needs its own.
 */
export function usePresenceSelector<T>(
  select: (read: Read, client: PresenceClient) => T,
  isEqual: (a: T, b: T) => boolean = Object.is,
): T {
  const client = usePresenceClient()
  const last = useRef<{ readonly value: T }>(null)
  const key = useMemo(() => [client, select, isEqual], [client, select, isEqual])
  const value = useReadable((from) => derive((read) => select(read, from), isEqual, last.current), key)
  useEffect(() => {
    last.current = { value }
  })
  return value
}
