import type {
  ConnectionReason,
  ConnectionStatus,
  PresenceClient,
  PresenceClientOptions,
  PresenceStatus,
} from '@rollcall/client'
import type { DetectedIdle, IdleDetection } from '@rollcall/client/idle'
import type { Instruments } from './instruments.ts'

/** What a test asks of the page, in its address. */
export interface PageOptions {
  /** Who signs in; the token is the name. Without it no client is made. */
  readonly user?: string
  /** @default 'websocket' */
  readonly transport?: 'websocket' | 'socketio' | 'http'
  /** One connection for all tabs of the user. @default false */
  readonly share?: boolean
  /** `false`: a client that knows nothing of what becomes of its page. */
  readonly lifecycle?: false
  /** Users to watch; their changes are noted. */
  readonly watch?: readonly string[]
  /** Options of the client that can be written as JSON. */
  readonly client?: Pick<
    PresenceClientOptions,
    'activity' | 'connectTimeout' | 'verifyTimeout' | 'showAfter' | 'spaces'
  >
  /** `false`: the browser refuses requests that outlive their page. */
  readonly keepalive?: false
  /** Events that the browser does not fire, as far as the client can tell. */
  readonly mute?: readonly string[]
  /** Tells the site when the page goes, after the client was told. @default false */
  readonly tellLeaving?: boolean
  /** Makes a client at once. @default true */
  readonly start?: boolean
}

/** What the page shows to tests, as `window.rows`. All times are the page's wall clock, ms. */
export interface Rows {
  readonly instruments: Instruments
  readonly states: { readonly status: ConnectionStatus; readonly reason: ConnectionReason; readonly at: number }[]
  readonly seen: {
    readonly userId: string
    readonly status: PresenceStatus
    readonly stale: boolean
    readonly at: number
  }[]
  readonly activity: { readonly idle: boolean; readonly at: number }[]
  /** What the browser said of the whole machine. */
  readonly detected: { readonly now: DetectedIdle | null; readonly at: number }[]
  /** What the policy of the page forbade. */
  readonly violations: string[]
  readonly lifecycle: {
    readonly type: string
    readonly persisted: boolean
    readonly visible: boolean
    readonly at: number
  }[]
  client: PresenceClient | undefined
  /** A client that is not connected yet, by the options of the page and some more. */
  make(more?: PageOptions): PresenceClient
  /** Asks the browser about the whole machine, for the client of the page. */
  detectIdle(thresholdMs: number): IdleDetection
  /** The client of the page, noted and connected. */
  start(more?: PageOptions): PresenceClient
}

declare global {
  interface Window {
    rows: Rows
  }
}
