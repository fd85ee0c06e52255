import type { ClientMessage, ServerMessage } from '@rollcall/core/protocol'

/** Why a request failed. `code` is one of the error codes of `@rollcall/core`; `unavailable` also without a connection. */
export interface RequestError {
  readonly code: string
  readonly message: string
  readonly details?: unknown
  readonly retryAfterMs?: number
}

/** The connection went before the answer came. */
export const LOST: RequestError = { code: 'unavailable', message: 'There is no connection' }

type WithId = Extract<ClientMessage, { id: number }>
type WithoutId<M> = M extends WithId ? Omit<M, 'id'> : never
export type Request = WithoutId<ClientMessage>
type Done = (error: RequestError | null, result?: unknown) => void

/** Requests under way on one client. Ids are never reused, so that a late answer to one that was given up hits nothing. */
export interface Requests {
  /** Calls `done` once: with the answer, or with {@link LOST}, which it also does at once when nothing can be sent. */
  ask(request: Request, done: Done): void
  /** `false`: it answers nothing that is under way. */
  answer(message: Extract<ServerMessage, { type: 'ack' | 'error' }>): boolean
  /** Ends all with {@link LOST}. */
  lose(): void
}

export function createRequests(send: (message: ClientMessage) => boolean): Requests {
  const pending = new Map<number, Done>()
  let lastId = 0
  return {
    ask(request, done) {
      const id = ++lastId
      if (send({ ...request, id } as ClientMessage)) pending.set(id, done)
      else done(LOST)
    },
    answer(message) {
      const id = message.id as number
      const done = pending.get(id)
      pending.delete(id)
      if (message.type === 'ack') done?.(null, message.result)
      else done?.(message)
      return !!done
    },
    lose() {
      const lost = [...pending.values()]
      pending.clear()
      for (const done of lost) done(LOST)
    },
  }
}
