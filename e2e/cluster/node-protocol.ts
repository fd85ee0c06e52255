import type { Cause, EndReason, Freshness, PolicyOptions, Status, SweepResult } from '@rollcall/core'
import type { StorePlace } from './stores.ts'

/** What a test and the process of one node say to each other. */

/** How a node is made; given to its process as JSON. */
export interface NodeSettings {
  readonly place: StorePlace
  readonly policy: PolicyOptions
  /** The store's own deadline per call. */
  readonly timeoutMs: number
  /** Serves Socket.IO clients here; the token is the user id. */
  readonly port?: number
}

/** Everybody stands in this space, and watchers watch it. */
export const SPACE = 'all'

/** A user and what others see of them. */
export type Standing = readonly [userId: string, status: Status]

/** What a test may ask of a node; each answers with a promise there. */
export interface NodeCommands {
  open(opening: {
    readonly userId: string
    readonly connectionId: string
    readonly resume?: string | null
  }): Promise<{ readonly resumed: boolean; readonly resumeToken: string | null }>
  leave(connectionId: string): Promise<void>
  /** The transport of a connection is gone. */
  lose(connectionId: string): void
  activity(connectionId: string): void
  claim(userId: string, status: 'busy'): Promise<void>
  status(userId: string): Promise<Status>
  /** Everybody present, page by page from the store. */
  list(): Promise<readonly Standing[]>
  count(): Promise<number>
  /** Begins to report what a watcher of {@link SPACE} sees, the snapshot first. */
  watch(): Promise<void>
  sweep(): Promise<SweepResult>
  state(): { readonly nodeId: string; readonly held: number; readonly freshness: Freshness }
}

/** What a node says unasked. `at` is the machine's clock in ms, the same for all nodes. */
export type NodeReport =
  | {
      readonly type: 'change'
      readonly at: number
      readonly userId: string
      readonly from: Status
      readonly to: Status
      readonly cause: Cause
      readonly epoch: number
      readonly version: number
    }
  | { readonly type: 'seen'; readonly at: number; readonly users: readonly Standing[] }
  | { readonly type: 'freshness'; readonly at: number; readonly stale: boolean; readonly warming: boolean }
  /** What watchers were told of it. */
  | { readonly type: 'told'; readonly at: number; readonly stale: boolean }
  | { readonly type: 'swept'; readonly at: number; readonly result: SweepResult }
  | { readonly type: 'ended'; readonly at: number; readonly connectionId: string; readonly reason: EndReason }
  | { readonly type: 'error'; readonly at: number; readonly code: string; readonly message: string }
  /** Something was thrown into the application: an exception or a rejection that nobody handles. */
  | { readonly type: 'threw'; readonly at: number; readonly message: string }

export interface Request {
  readonly id: number
  readonly command: keyof NodeCommands
  readonly args: readonly unknown[]
}

export type Answer =
  | { readonly type: 'ready' }
  | { readonly type: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly type: 'failure'; readonly id: number; readonly code: string | null; readonly message: string }
