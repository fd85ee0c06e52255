import { type ReactNode, useEffect, useRef, useState } from 'react'
import { ClientContext } from '../context.ts'
import { createTestClient, type TestPresenceClient, type TestPresenceOptions } from './test-client.ts'

export interface TestPresenceProps extends TestPresenceOptions {
  /** One made by `createTestClient`, to change users during the test and to see what was asked for. */
  readonly client?: TestPresenceClient
  readonly children?: ReactNode
}

/**
 * Stands in for `PresenceProvider` in an application's tests: the same hooks, no network, given users. Rendered again
 * with other props it plays the change.
 *
 * ```tsx
 * render(<TestPresence users={{ ada: 'online', grace: { status: 'offline', lastSeenAt: 0 } }}><Roster /></TestPresence>)
 * ```
 */
export function TestPresence({ client, children, ...options }: TestPresenceProps): ReactNode {
  const [own] = useState(() => createTestClient(options))
  const { users, me, connection } = options
  const value = JSON.stringify({ users, me, connection })
  const shown = useRef(value)
  // biome-ignore lint/correctness/useExhaustiveDependencies: by value
  useEffect(() => {
    if (shown.current === value) return
    shown.current = value
    own.update(options)
  }, [own, value])
  return <ClientContext.Provider value={client ?? own}>{children}</ClientContext.Provider>
}
