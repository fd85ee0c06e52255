import type { Presence } from '../engine/presence.ts'
import { isPresenceError, PresenceError } from '../errors.ts'
import type { Json } from '../machine/index.ts'
import type { Counts, QueryPage, ServerMessage } from '../protocol/messages.ts'
import type { SessionTransport } from './transport.ts'

/** What went wrong with a message, for the client. */
export interface Refusal {
  readonly code: PresenceError['code']
  readonly message: string
  readonly details?: { readonly [key: string]: Json }
  readonly retryAfterMs?: number
}

/** Says things to one client. Never throws. */
export interface Replies {
  send(message: ServerMessage): void
  /** Done, and saved. */
  ack(id: number, result?: Json | QueryPage | Counts): void
  /** An `ack` once `saved` resolves, else as {@link fail}. */
  ackOnce(kind: string, id: number, saved: Promise<void>): void
  /** Not done. Counted by code and kind; `id: null` answers no message in particular. */
  refuse(kind: string, id: number | null, refusal: Refusal): void
  /** Counts a refusal that the client is not told of. */
  count(kind: string, code: string): void
  /** A call failed: what the engine refused is said as it is, anything else is `unavailable` and reported. */
  fail(kind: string, id: number | null, error: unknown): void
}

/** When a client should try again what the store or `authenticate` could not answer. */
export const RETRY_AFTER_MS = 1000

export function createReplies(
  presence: Presence,
  transport: Pick<SessionTransport<never>, 'send'>,
  userId: () => string | null,
): Replies {
  const replies: Replies = {
    send(message) {
      try {
        transport.send(message)
      } catch (error) {
        presence.report(
          new PresenceError(
            'listener-error',
            `a transport could not send ${message.type}`,
            { type: message.type },
            error,
          ),
        )
      }
    },
    ack: (id, result) => replies.send(result === undefined ? { type: 'ack', id } : { type: 'ack', id, result }),
    ackOnce(kind, id, saved) {
      saved.then(
        () => replies.ack(id),
        (error: unknown) => replies.fail(kind, id, error),
      )
    },
    refuse(kind, id, refusal) {
      replies.count(kind, refusal.code)
      replies.send(id === null ? { type: 'error', ...refusal } : { type: 'error', id, ...refusal })
    },
    count: (kind, code) => presence.refuse({ code, kind, userId: userId() }),
    fail: (kind, id, error) => replies.refuse(kind, id, refusalOf(error, presence)),
  }
  return replies
}

/** How an error reads on the wire. */
export function refusalOf(error: unknown, presence: Presence): Refusal {
  if (!isPresenceError(error)) {
    presence.report(new PresenceError('listener-error', 'a client could not be served', {}, error))
    return unavailable()
  }
  if (error.retryable || error.code === 'not-running' || error.code === 'newer-record') return unavailable()
  return { code: error.code, message: error.message }
}

function unavailable(): Refusal {
  return { code: 'unavailable', message: 'This cannot be done now; try again', retryAfterMs: RETRY_AFTER_MS }
}
