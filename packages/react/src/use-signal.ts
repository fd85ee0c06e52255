import type { ActiveSignal, Duration, PresenceClient, Readable, Signals } from '@rollcall/client'
import { useCallback, useEffect, useRef } from 'react'
import { usePresenceClient } from './context.ts'
import { derive, sameItems } from './store/derive.ts'
import { useReadable } from './store/use-readable.ts'
import { none, type SpaceName } from './use-space.ts'

type SignalName = keyof Signals & string

const signalsOf =
  <Name extends SignalName>(space: SpaceName, name: Name) =>
  (client: PresenceClient): Readable<readonly ActiveSignal<Signals[Name]>[]> =>
    space ? client.signals(space, name) : none

/**
 * Who else sends a signal in a space now, and a function that sends it: at most once, stored nowhere, over by itself
 * after `for`, or at once with `for: 0`. It returns `false` when not connected.
 */
export function useSignal<Name extends SignalName>(
  space: SpaceName,
  name: Name,
): readonly [
  signals: readonly ActiveSignal<Signals[Name]>[],
  send: (data?: Signals[Name], options?: { readonly for?: Duration }) => boolean,
] {
  const client = usePresenceClient()
  const send = useCallback(
    (data?: Signals[Name], options?: { readonly for?: Duration }) =>
      !!space && client.signal(space, name, data, options),
    [client, space, name],
  )
  return [useReadable(signalsOf(space, name), `${name} ${space}`), send]
}

/** How long others believe that somebody types, and how often that is repeated while they do; ms. */
const TYPING_MS = 4_000
const REPEAT_MS = 2_000

/**
 * The ids of who else types in a space, and `setTyping`, to be called with every key stroke, and with `false` when the
 * text was sent or left. At most one signal per 2 s goes out; others believe it for 4 s. Unmounting ends it.
 */
export function useTyping(
  space: SpaceName,
): readonly [userIds: readonly string[], setTyping: (typing: boolean) => void] {
  const client = usePresenceClient()
  const sentAt = useRef(0)
  const setTyping = useCallback(
    (typing: boolean) => {
      const now = client.now()
      if (!space || (typing ? Math.abs(now - sentAt.current) < REPEAT_MS : sentAt.current === 0)) return
      const sent = client.signal(space, 'typing', undefined, { for: typing ? TYPING_MS : 0 })
      sentAt.current = sent && typing ? now : 0
    },
    [client, space],
  )
  useEffect(() => () => setTyping(false), [setTyping])
  const userIds = useReadable(
    (from) => derive((read) => read(signalsOf(space, 'typing')(from)).map(({ userId }) => userId), sameItems),
    space,
  )
  return [userIds, setTyping]
}
