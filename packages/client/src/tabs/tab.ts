import type { ClientMessage, Json, ServerMessage, Topic } from '@rollcall/core/protocol'

export type Hello = Extract<ClientMessage, { type: 'hello' }>

/** One tab, as the tab that leads sees it. */
export interface Tab {
  say(message: ServerMessage): void
  /** What it said when it came; it is welcomed with the connection of all. */
  hello: Hello | null
  isWelcome: boolean
  /** Where it stands, with its state there; `undefined` where it never gave one. */
  spaces: Map<string, Json | undefined>
  readonly topics: Set<Topic>
  /** Sources of claims that are to end with it. */
  readonly bound: Set<string>
  /** Its last word. */
  isIdle: boolean
  /** This machine's wall clock, ms. */
  activeAt: number
}

/** Keeps in mind which claims end with a tab. */
export function noteBound(bound: Set<string>, message: ClientMessage): void {
  if (message.type !== 'claim' && message.type !== 'clear') return
  const { source = 'manual' } = message
  if (message.type === 'claim' && message.bound) bound.add(source)
  else bound.delete(source)
}
