import type { ActivityState } from '@rollcall/client'
import { useEffect } from 'react'
import { usePresenceClient } from './context.ts'
import { useReadable } from './store/use-readable.ts'

/** Whether this client thinks its user idle; for an “are you still there?”. The server decides by its own clock. */
export function useActivity(): ActivityState {
  return useReadable((client) => client.activity)
}

/** Keeps the user active without input while mounted and `on`: a call, a film, a presentation. Counted. */
export function useKeepActive(on = true): void {
  const client = usePresenceClient()
  useEffect(() => (on ? client.keepActive() : undefined), [client, on])
}
