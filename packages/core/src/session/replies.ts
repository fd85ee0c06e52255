import type { Presence } from '../engine/presence.ts'
import { type ErrorCode, isPresenceError, PresenceError } from '../errors.ts'
import type { Json } from '../machine/index.ts'
import type { Counts, QueryPage, ServerMessage } from '../protocol/messages.ts'

/** A client to say things to. */
export interface Client {
  readonly host: { readonly presence: Presence }
  readonly transport: { send(message: ServerMessage): void }
  /** Who it is, as far as that is known. */
  readonly userId: string | null
}

/** What went wrong with a message, for the client. */
export interface Refusal {
  readonly code: PresenceError['code']
  readonly message: string
  readonly details?: { readonly [key: string]: Json }
  readonly retryAfterMs?: number
}

/** When a client should try again what the store or `authenticate` could not answer. */
export const RETRY_AFTER_MS = 1000

/** Says something. Never throws, as all of these. */
export function send({ host, transport }: Client, message: ServerMessage): void {
  try {
    transport.send(message)
  } catch (error) {
    const { type } = message
    host.presence.report(new PresenceError('listener-error', `a transport could not send ${type}`, { type }, error))
  }
}

/** Done, and saved. */
export function ack(client: Client, id: number, result?: Json | QueryPage | Counts): void {
  send(client, result === undefined ? { type: 'ack', id } : { type: 'ack', id, result })
}

/** An `ack` once `saved` resolves, else as {@link fail}. */
export function ackOnce(client: Client, kind: string, id: number, saved: Promise<void>): void {
  saved.then(
    () => ack(client, id),
    (error: unknown) => fail(client, kind, id, error),
  )
}

/** Not done. Counted by code and kind; `id: null` answers no message in particular. */
export function refuse(client: Client, kind: string, id: number | null, refusal: Refusal): void {
  count(client, kind, refusal.code)
  send(client, id === null ? { type: 'error', ...refusal } : { type: 'error', id, ...refusal })
}

/** Counts a refusal that the client is not told of, or not as an error. */
export function count({ host, userId }: Client, kind: string, code: string): void {
  host.presence.refuse({ code, kind, userId })
}

/** A call failed: what the engine refused is said as it is, anything else is `unavailable` and reported. */
export function fail(client: Client, kind: string, id: number | null, error: unknown): void {
  refuse(client, kind, id, refusalOf(error, client.host.presence))
}

/** What the client can do nothing about, and need not know of. */
const OURS_TO_MEND: readonly ErrorCode[] = ['not-running', 'newer-record', 'store-unfit']

/** How an error reads on the wire. */
export function refusalOf(error: unknown, presence: Presence): Refusal {
  if (!isPresenceError(error)) {
    presence.report(new PresenceError('listener-error', 'a client could not be served', {}, error))
    return unavailable()
  }
  if (error.retryable || OURS_TO_MEND.includes(error.code)) return unavailable()
  return { code: error.code, message: error.message }
}

function unavailable(): Refusal {
  return { code: 'unavailable', message: 'This cannot be done now; try again', retryAfterMs: RETRY_AFTER_MS }
}
