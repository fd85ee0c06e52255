import type { EndReason, Viewer } from '../../engine/presence.ts'
import type { ServerMessage } from '../../protocol/messages.ts'
import type { HostParts } from '../host-parts.ts'
import { permits } from '../permissions.ts'
import { type Client, RETRY_AFTER_MS } from '../replies.ts'
import type { SessionTransport } from '../transport.ts'

/** A client that made one request: what is said to it is gathered for the answer. */
export interface Visitor<C> extends Client {
  readonly host: HostParts<C>
  readonly transport: SessionTransport<C>
  readonly answers: ServerMessage[]
}

/** @param onAnswer Called with each answer once it is gathered. */
export function createVisitor<C>(
  host: HostParts<C>,
  userId: string | null,
  credentials: (token: string | null) => C,
  onAnswer: (message: ServerMessage) => void = () => {},
): Visitor<C> {
  const answers: ServerMessage[] = []
  return {
    host,
    userId,
    answers,
    transport: {
      credentials,
      send(message) {
        answers.push(message)
        onAnswer(message)
      },
      join() {},
      leave() {},
      close() {},
    },
  }
}

/** What a page is told whose connection is there no more. */
export function byeOf(reason: EndReason): ServerMessage {
  switch (reason) {
    case 'sign-out':
    case 'kicked':
      return { type: 'bye', reason }
    case 'draining':
    case 'cut-off':
      return { type: 'bye', reason, retryAfterMs: RETRY_AFTER_MS }
    default:
      return { type: 'bye', reason: 'cut-off', retryAfterMs: 0 }
  }
}

export async function audienceOf({ presence }: HostParts<never>, viewer: Viewer): Promise<'others' | 'admin'> {
  return (await permits(presence, 'isAdmin', (access) => access.isAdmin(viewer))) ? 'admin' : 'others'
}
