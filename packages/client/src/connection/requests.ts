import type { ClientMessage, ServerMessage } from '@rollcall/core/protocol'

/** Why a request failed. `code` is one of the error codes of `@rollcall/core`; `unavailable` also without a connection. */
export interface RequestError {
  readonly code: string
  readonly message: string
  readonly details?: unknown
  readonly retryAfterMs?: number
}

/** The connection went before the answer came, or there is none. */
export const LOST: RequestError = { code: 'unavailable', message: 'There is no connection' }

type WithoutId<M> = M extends { readonly id: number } ? Omit<M, 'id'> : never
export type Request = WithoutId<ClientMessage>
type Done = (error: RequestError | null, result?: unknown) => void

/** Requests under way on one client. Ids are never reused, so that a late answer to one that was given up hits nothing. */
export interface Requests {
  /** Calls `done` once: with the answer, or with {@link LOST}, at once when nothing can be sent. */
  ask(request: Request, done: Done): void
  /** `false`: it answers nothing that is under way. */
  answer(message: ServerMessage): boolean
  /** Ends all with {@link LOST}. */
  lose(): void
}

export function createRequests(send: (message: ClientMessage) => boolean): Requests {
  const pending = new Map<unknown, Done>()
  let lastId = 0
  return {
    ask(request, done) {
      if (send({ ...request, id: ++lastId } as ClientMessage)) pending.set(lastId, done)
      else done(LOST)
    },
    answer(message) {
      const id = 'id' in message && message.id
      const done = pending.get(id)
      pending.delete(id)
      if (message.type === 'ack') done?.(null, message.result)
      else done?.(message as RequestError & ServerMessage)
      return !!done
    },
    lose() {
      const lost = [...pending.values()]
      pending.clear()
      for (const done of lost) done(LOST)
    },
  }
}
