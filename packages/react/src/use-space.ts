import type { Member, Membership, SpaceState } from '@rollcall/client'
import { useCallback, useEffect, useRef } from 'react'
import { usePresenceClient } from './context.ts'
import { useReadable } from './store/use-readable.ts'

/** `null` and `undefined` while the name is being loaded: nothing is entered and nothing watched. */
export type SpaceName<S extends string = string> = S | null | undefined

/** Who stands in a space, with their state there; watches it without entering. */
export function useMembers<S extends string = string>(space: SpaceName<S>): readonly Member<S>[] {
  return useReadable((client) => client.members((space ?? '') as S), space ?? '')
}

/**
 * Stands in a space while mounted, without watching it; never renders by itself. Components in one space are counted:
 * the last one to unmount exits, one macrotask later. Returns the function that replaces the state there, which is
 * always the same; `state`, when given, replaces it whenever it has another value.
 */
export function useMembership<S extends string = string>(
  space: SpaceName<S>,
  state?: SpaceState<S>,
): (state: SpaceState<S>) => void {
  const client = usePresenceClient()
  const stay = useRef<Membership<S>>(null)
  const value = JSON.stringify(state)
  // Before the one that enters: a stay begins with its state, and is not told it twice.
  // biome-ignore lint/correctness/useExhaustiveDependencies: by value
  useEffect(() => {
    if (state !== undefined) stay.current?.setState(state)
  }, [value])
  // biome-ignore lint/correctness/useExhaustiveDependencies: another state does not enter anew
  useEffect(() => {
    if (!space) return
    const entered = client.enter(space, state)
    stay.current = entered
    return () => {
      stay.current = null
      setTimeout(entered.exit)
    }
  }, [client, space])
  return useCallback((next) => stay.current?.setState(next), [])
}

/** Stands in a space while mounted, and shows who else does: `useMembership` and `useMembers` in one. */
export function useSpace<S extends string = string>(
  space: SpaceName<S>,
  state?: SpaceState<S>,
): { readonly members: readonly Member<S>[]; readonly setState: (state: SpaceState<S>) => void } {
  return { members: useMembers(space), setState: useMembership(space, state) }
}
