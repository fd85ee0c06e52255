import type { PresenceClient } from '@rollcall/client'
import { type ReactNode, useEffect } from 'react'
import { ClientContext } from './context.ts'
import { hold } from './store/hold.ts'

export interface PresenceProviderProps {
  /** Made outside of components, or once in a state: a new client is a new connection. */
  readonly client: PresenceClient
  /** `false`: the application calls `client.connect()` and `client.disconnect()` itself. @default true */
  readonly autoConnect?: boolean
  readonly children?: ReactNode
}

/**
 * Gives the hooks below it their client, and keeps that client connected while it is mounted. Several providers of one
 * client share one connection, as do the two mounts of Strict Mode. A connection that was there before the first
 * provider is left alone after the last.
 */
export function PresenceProvider({ client, autoConnect = true, children }: PresenceProviderProps): ReactNode {
  useEffect(() => (autoConnect ? hold(client) : undefined), [client, autoConnect])
  return <ClientContext.Provider value={client}>{children}</ClientContext.Provider>
}
