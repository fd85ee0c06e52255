import type { ClientMessage, ClientTransport, ServerMessage } from '@rollcall/core/protocol'
import type { ClientClock } from '../clock.ts'
import type { ResumeStorage } from './kept.ts'
import type { Requests } from './requests.ts'
import type { ConnectionState } from './state.ts'

/** A fixed token, or a function asked before each hello and whenever the server says that the token expires. */
export type TokenSource = string | null | (() => string | null | Promise<string | null>)

type Hello = Extract<ClientMessage, { type: 'hello' }>
export type Welcome = Extract<ServerMessage, { type: 'welcome' }>

export interface ConnectionParts {
  readonly transport: ClientTransport
  readonly token: TokenSource
  readonly clock: ClientClock
  readonly storage: ResumeStorage | null
  readonly random: () => number
  /** Times to wait, in ms: for a welcome, for an answer after a wake-up, before trouble shows. */
  readonly waits: readonly [number, number, number]
  /** What a hello says beside version and tokens. */
  hello(): Pick<Hello, 'instance' | 'spaces' | 'device' | 'invisible'>
  /** Connected: messages can be sent. `onState` follows. */
  onWelcome(welcome: Welcome): void
  /** Whatever else the server says while connected, and errors that answer no request. */
  onMessage(message: ServerMessage): void
  /** No longer connected. `onState` follows. */
  onDown(): void
  /** After each change of the state, as the last thing that is done. */
  onState(state: ConnectionState): void
}

/** The one connection of a client: opens, says hello, keeps the token fresh, notices silence, comes back. */
export interface Connection {
  state(): ConnectionState
  /** Messages that were none. */
  badMessages(): number
  /** `false` unless connected. */
  send(message: ClientMessage): boolean
  readonly ask: Requests['ask']
  connect(): void
  /** One immediate try, or a look whether the server is still there; may come several times for one wake-up. */
  wake(): void
  /** Asks whether the server is still there. */
  check(): void
  /** At regular intervals. `slept`: time passed unseen. */
  pulse(slept: boolean): void
  /** The page goes, with a hint; an owned transport closes. A borrowed one that freezes is left to its owner. */
  suspend(reason: 'page-hidden' | 'page-frozen'): void
  /** Says good-bye, if there is somebody to hear it. */
  close(reason: 'disconnect' | 'logout' | 'dispose'): void
}
