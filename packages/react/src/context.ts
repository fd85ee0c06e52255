import type { PresenceClient } from '@rollcall/client'
import { createContext, useContext } from 'react'

export const ClientContext = createContext<PresenceClient | null>(null)

/** The client of the nearest `PresenceProvider`; throws outside of one. */
export function usePresenceClient(): PresenceClient {
  const client = useContext(ClientContext)
  if (client === null) throw new Error('rollcall: no <PresenceProvider> above this component')
  return client
}
