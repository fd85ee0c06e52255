/** What must and must not compile; checked by the type checker alone, never run. */
import type { ConnectionStatus, PresenceStatus, UserPresence } from '@rollcall/client'
import {
  PresenceProvider,
  type useConnectionStatus,
  useIsOnline,
  useMyPresence,
  useOnlineStatus,
  usePresenceCount,
  usePresenceIds,
  usePresenceSelector,
  useSignal,
  useSpace,
} from '@rollcall/react'
import { LastSeen, StatusIndicator } from '@rollcall/react/components'
import { TestPresence } from '@rollcall/react/testing'

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const is = <T extends true>(_?: T) => {}

/** A component, so that hooks may stand in it. */
export function Uses() {
  // BR-51: the id may be missing, not left out.
  // @ts-expect-error an id is asked for
  useOnlineStatus()
  // @ts-expect-error an id is asked for
  useIsOnline()
  useOnlineStatus(undefined)
  useOnlineStatus(null)
  // @ts-expect-error ids are strings
  useOnlineStatus(7)

  is<Equal<ReturnType<typeof useOnlineStatus>, UserPresence>>()
  is<Equal<ReturnType<typeof useIsOnline>, boolean>>()
  is<Equal<UserPresence['status'], PresenceStatus>>()
  is<Equal<ReturnType<typeof useConnectionStatus>['status'], ConnectionStatus>>()

  const { status } = useOnlineStatus('ada')
  // @ts-expect-error no such status
  status === 'invisible'

  const [me, { setStatus, setMessage, clear }] = useMyPresence()
  is<Equal<typeof me.userId, string | null>>()
  setStatus('invisible')
  setStatus('busy', { for: '1h', bound: true })
  setMessage({ text: 'tea', emoji: '🍵' }, { for: '15m' })
  clear('manual')
  // @ts-expect-error nobody claims to be offline
  setStatus('offline')
  // @ts-expect-error a length of time has a unit
  setStatus('busy', { for: '1 hour' })
  // @ts-expect-error only these three
  useMyPresence()[1].dispose()

  usePresenceIds({ space: 'lab', status: ['online', 'away'] })
  // @ts-expect-error a query names a space or users
  usePresenceIds({ status: 'online' })
  // @ts-expect-error no such status
  usePresenceCount({ space: 'lab', status: 'idle' })

  is<Equal<ReturnType<typeof usePresenceCount>, number>>()
  const selected = usePresenceSelector((read, client) => read(client.user('ada')).lastSeenAt)
  is<Equal<typeof selected, number | null>>()

  const { members, setState } = useSpace('doc', { line: 1 })
  setState({ line: members.length })
  // @ts-expect-error JSON only
  setState(() => {})

  const [signals, send] = useSignal('doc', 'wave')
  send(signals[0]?.data, { for: '2s' })

  return (
    <>
      {/* @ts-expect-error a provider needs its client */}
      <PresenceProvider />
      {/* @ts-expect-error no such status */}
      <StatusIndicator status="invisible" />
      {/* @ts-expect-error a time in ms */}
      <LastSeen timestamp="yesterday" />
      {/* @ts-expect-error no such status */}
      <TestPresence users={{ ada: 'here' }} />
    </>
  )
}
