/** An application that declared its types: they reach the hooks. Checked by the type checker alone, as a program of its own. */
import { type useMembers, useMembership, useMyPresence, useSignal, useSpace, useTyping } from '@rollcall/react'

declare module '@rollcall/core' {
  interface Register {
    spaceStates: { [space: `doc:${string}`]: { cursor: number }; lobby: null }
    signals: { reaction: { emoji: string } }
    claimSources: 'pager'
  }
}

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const is = <T extends true>(_?: T) => {}

/** A component, so that hooks may stand in it. */
export function Uses({ docId }: { readonly docId: string }) {
  // BR-63: the state of a space has the type that was declared for it.
  const { members, setState } = useSpace(`doc:${docId}`, { cursor: 0 })
  is<Equal<(typeof members)[number]['state'], { cursor: number }>>()
  setState({ cursor: 1 })
  // @ts-expect-error a cursor is a number
  setState({ cursor: 'end' })
  // @ts-expect-error a cursor is asked for
  useMembership(`doc:${docId}`, {})
  is<Equal<ReturnType<typeof useMembers<'lobby'>>[number]['state'], null>>()

  // BR-63: signals have their names and data.
  const [signals, send] = useSignal('lobby', 'reaction')
  is<Equal<(typeof signals)[number]['data'], { emoji: string }>>()
  send({ emoji: '👋' })
  // @ts-expect-error an emoji is asked for
  send({ text: 'hello' })
  // @ts-expect-error nobody declared that
  useSignal('lobby', 'wave')
  useTyping('lobby')

  // BR-63: claims come from where they may.
  const [, { setStatus, clear }] = useMyPresence()
  setStatus('busy', { source: 'pager' })
  clear('calendar')
  // @ts-expect-error nobody declared that
  setStatus('busy', { source: 'kitchen' })
}
