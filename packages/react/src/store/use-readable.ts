import type { PresenceClient, Readable } from '@rollcall/client'
import { useMemo, useSyncExternalStore } from 'react'
import { usePresenceClient } from '../context.ts'
import { initialOf } from './initial.ts'

const never = () => () => {}

/**
 * The value of what `pick` takes from the client. `key` names what it takes: the subscription is kept while it stays the
 * same, and the empty one names nothing, which is read but never watched. With `map` the component renders only when the
 * mapped value changes; it must give equal results for equal input.
 */
export function useReadable<T>(pick: (client: PresenceClient) => Readable<T>, key?: unknown): T
export function useReadable<T, M>(pick: (client: PresenceClient) => Readable<T>, key: unknown, map: (value: T) => M): M
export function useReadable<T>(
  pick: (client: PresenceClient) => Readable<T>,
  key?: unknown,
  map: (value: T) => unknown = (value) => value,
): unknown {
  const client = usePresenceClient()
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` stands for `pick`, which is new with each render
  const [subscribe, get, getInitial] = useMemo(() => {
    const live = pick(client)
    let first: Readable<T> | undefined
    return [
      key === '' ? never : live.subscribe,
      () => map(live.get()),
      () => {
        first ??= pick(initialOf(client))
        return map(first.get())
      },
    ]
  }, [client, key])
  return useSyncExternalStore(subscribe, get, getInitial)
}
