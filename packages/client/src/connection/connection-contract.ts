import type { ClientMessage, ClientTransport, ServerMessage } from '@rollcall/core/protocol'
import type { ClientClock } from '../clock.ts'
import type { Requests } from './requests.ts'
import type { ConnectionState } from './state.ts'

/** A fixed token, or a function asked before each hello and whenever the server says that the token expires. */
export type TokenSource = string | null | (() => string | null | Promise<string | null>)

type Hello = Extract<ClientMessage, { type: 'hello' }>
type Welcome = Extract<ServerMessage, { type: 'welcome' }>

export interface ConnectionOptions {
  readonly transport: ClientTransport
  readonly token: TokenSource
  readonly clock: ClientClock
  readonly random: () => number
  readonly connectTimeoutMs: number
  readonly verifyTimeoutMs: number
  readonly showAfterMs: number
  /** What a hello says beside version, token and resume token. */
  hello(): Omit<Hello, 'type' | 'version' | 'token' | 'resume'>
  /** Connected: messages can be sent. `onState` follows. */
  onWelcome(welcome: Welcome): void
  /** Whatever else the server says while connected, and errors that answer no request. */
  onMessage(message: ServerMessage): void
  /** No longer connected. `onState` follows. */
  onDown(): void
  /** After each change of `state`, as the last thing that is done. */
  onState(): void
}

/** The one connection of a client: opens, says hello, keeps the token fresh, notices silence, comes back. */
export interface Connection {
  readonly state: ConnectionState
  readonly badMessages: number
  /** For the next hello; `null` when there is nothing to resume. */
  resume: string | null
  /** `false` unless connected. */
  send(message: ClientMessage): boolean
  readonly ask: Requests['ask']
  connect(): void
  /** One immediate try, or a question whether the server is still there; may come several times for one wake-up. */
  wake(): void
  /** Asks whether the server is still there, whatever was heard lately. */
  check(): void
  /** At regular intervals: has the server been silent for too long? `slept`: time passed unseen. */
  pulse(slept: boolean): void
  /** The page goes: a hint, and an owned transport closes. `frozen`: a borrowed one is left to its owner. */
  suspend(reason: 'page-hidden' | 'page-frozen'): void
  /** Says good-bye if there is somebody to hear it. */
  close(reason: 'disconnect' | 'logout' | 'dispose'): void
}
