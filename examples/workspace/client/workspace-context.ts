import type { PresenceClient } from '@rollcall/client'
import { createContext, use } from 'react'
import type { Socket } from 'socket.io-client'
import type { Channel, Person } from '../shared/directory.ts'
import type { ChatMessage, ClientEvents, Colleague, HistoryEntry, ServerEvents, Settings } from '../shared/events.ts'
import type { Cell } from './cell.ts'
import type { TickerEntry } from './events/ticker.ts'

export interface Directory {
  readonly organisation: { readonly name: string; readonly space: string }
  readonly channels: readonly Channel[]
  readonly people: readonly Person[]
  readonly settings: Settings
}

/** Everything one login works with: presence, the application's own socket, and what came over it. */
export interface Workspace {
  readonly me: Person
  readonly directory: Directory
  readonly client: PresenceClient
  readonly socket: Socket<ServerEvents, ClientEvents>
  readonly messages: Cell<ReadonlyMap<string, readonly ChatMessage[]>>
  readonly colleagues: Cell<readonly Colleague[]>
  readonly history: Cell<ReadonlyMap<string, readonly HistoryEntry[]>>
  readonly ticker: Cell<readonly TickerEntry[]>
  /** The name of the node at the other end; `null` where there is only one. */
  readonly nodeName: Cell<string | null>
  person(userId: string): Person | undefined
  /** Tells the members of a channel that one reads it. Returns the function that ends that. */
  enterChannel(channelId: string): () => void
  signOut(): void
}

export const WorkspaceContext = createContext<Workspace | null>(null)

export function useWorkspace(): Workspace {
  const workspace = use(WorkspaceContext)
  if (workspace === null) throw new Error('useWorkspace is for components below <WorkspaceContext>')
  return workspace
}
