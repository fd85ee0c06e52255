import { useEffect, useSyncExternalStore } from 'react'
import type { HistoryEntry } from '../../shared/events.ts'
import { callApi } from '../api.ts'
import { freshToken } from '../session.ts'
import { useWorkspace } from '../workspace-context.ts'

/** A person's transitions, newest first: fetched once, then kept current over the socket. `null` until there. */
export function useHistory(userId: string): readonly HistoryEntry[] | null {
  const { history } = useWorkspace()
  const entries = useSyncExternalStore(history.subscribe, history.get).get(userId) ?? null
  const missing = entries === null
  useEffect(() => {
    if (!missing) return
    let wanted = true
    freshToken()
      .then((token) => callApi<HistoryEntry[]>(`/api/people/${encodeURIComponent(userId)}/history`, { token }))
      .then((fetched) => wanted && history.set(new Map(history.get()).set(userId, fetched)))
      // Without an answer the panel says that it has none; the next look asks again.
      .catch(() => {})
    return () => {
      wanted = false
    }
  }, [userId, missing, history])
  return entries
}
