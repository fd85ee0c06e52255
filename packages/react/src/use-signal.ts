import type { ActiveSignal, Duration, Signals } from '@rollcall/client'
import { useCallback, useEffect, useMemo, useRef } from 'react'
import { usePresenceClient } from './context.ts'
import { useReadable } from './store/use-readable.ts'
import type { SpaceName } from './use-space.ts'

type SignalName = keyof Signals & string

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
  const signals = useReadable((from) => from.signals(space ?? '', name), space ? `${name} ${space}` : '')
  return [signals, send]
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
  const { now } = usePresenceClient()
  const [signals, send] = useSignal(space, 'typing' as never)
  const sentAt = useRef(0)
  const setTyping = useCallback(
    (typing: boolean) => {
      if (typing ? Math.abs(now() - sentAt.current) < REPEAT_MS : !sentAt.current) return
      sentAt.current = send(undefined, { for: typing ? TYPING_MS : 0 }) && typing ? now() : 0
    },
    [now, send],
  )
  useEffect(() => () => setTyping(false), [setTyping])
  return [useMemo(() => signals.map(({ userId }) => userId), [signals]), setTyping]
}
