import type { ConnectionState } from '@rollcall/client'
import { useMemo } from 'react'
import { usePresenceClient } from './context.ts'
import { useReadable } from './store/use-readable.ts'

export interface ConnectionStatusResult extends ConnectionState {
  /** Tries at once instead of at the end of the delay; from `failed` and `closed` connects anew. */
  readonly reconnect: () => void
}

/**
 * Whether *my presence connection* is up: `status` with its reason, when the next attempt comes, what went wrong last.
 * Show a banner while `troubled`, which leaves out hiccups. While it is down others keep their last status, marked
 * `stale`. `idle` since 0 on the server and while hydrating.
 */
export function useConnectionStatus(): ConnectionStatusResult {
  const { reconnect } = usePresenceClient()
  const state = useReadable((client) => client.connection)
  return useMemo(() => ({ ...state, reconnect }), [state, reconnect])
}
