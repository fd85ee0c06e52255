import { PresenceError } from '@rollcall/core'
import type { Deadline } from '../deadline.ts'

/** Whether a connection stands, for those who wait for it. */
export interface Readiness {
  ready(deadline: Deadline): Promise<void>
  isReady(): boolean
  lastError(): unknown
  onReady(): void
  onAway(): void
  onError(error: unknown): void
  onClosed(): void
  isClosed(): boolean
}

/** Refusals that another attempt will not change. */
const REFUSED = /^(WRONGPASS|NOAUTH|NOPERM|ERR AUTH|ERR Client sent AUTH|ERR invalid DB index|ERR DB index|ERR SELECT)/

/** What the server said when it refused the settings of the connection; `null` for any other error. */
function refusalOf(error: unknown): string | null {
  for (
    let cause = error;
    cause instanceof Error;
    cause = (cause as { lastNodeError?: unknown }).lastNodeError ?? cause.cause
  ) {
    if (REFUSED.test(cause.message)) return cause.message
  }
  return null
}

export function createReadiness(): Readiness {
  let isReady = false
  let lastError: unknown = null
  let final: PresenceError | null = null
  let isClosed = false
  const waiting = new Set<{ resolve(): void; reject(error: unknown): void }>()
  const settle = () => {
    for (const { resolve, reject } of waiting) final === null ? resolve() : reject(final)
    waiting.clear()
  }
  return {
    ready(deadline) {
      if (final !== null) return Promise.reject(final)
      if (isReady) return Promise.resolve()
      return new Promise((resolve, reject) => {
        const waiter = { resolve, reject }
        waiting.add(waiter)
        // An outage may be long: nobody stays who is not waited for any more.
        deadline.endings.add(() => {
          if (waiting.delete(waiter)) reject(lastError)
        })
      })
    },
    isReady: () => isReady,
    lastError: () => lastError,
    onReady() {
      isReady = true
      lastError = null
      final = null
      settle()
    },
    onAway() {
      isReady = false
    },
    onError(error) {
      lastError = error
      const refusal = refusalOf(error)
      if (refusal === null) return
      final = new PresenceError(
        'invalid-option',
        `Redis refuses the connection: ${refusal}; check the user name, password and database of the client`,
        { reply: refusal },
        error,
      )
      settle()
    },
    onClosed() {
      isReady = false
      isClosed = true
      final ??= new PresenceError('unavailable', 'the connection to Redis was closed')
      settle()
    },
    isClosed: () => isClosed,
  }
}
