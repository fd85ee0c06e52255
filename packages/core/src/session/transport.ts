import type { ServerMessage } from '../protocol/messages.ts'

/**
 * Why rollcall is done with a transport: no hello came in time, the token was refused, a `bye` was said, the page did
 * not answer a ping, or the page said hello elsewhere.
 */
export type CloseCause = 'no-hello' | 'unauthenticated' | 'bye' | 'silent' | 'replaced'

/**
 * The server's end of one client's transport, as an adapter drives it. Nothing here may throw or wait; what it can no
 * longer send is dropped.
 *
 * @typeParam C What `authenticate` is given: the token, and whatever the adapter knows of the client.
 */
export interface SessionTransport<C> {
  credentials(token: string | null): C
  send(message: ServerMessage): void
  /** From now on the client gets what is broadcast to `room`. */
  join(room: string): void
  leave(room: string): void
  /** A transport made by rollcall closes. One that the application lent stays open, and may say hello again. */
  close(cause: CloseCause): void
  /** What was missed may already have been delivered twice or not at all: watches begin with a snapshot. @default false */
  readonly recovered?: boolean
}
