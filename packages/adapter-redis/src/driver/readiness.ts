import { PresenceError } from '@rollcall/core'

/** Whether a connection stands, for those who wait for it. */
export interface Readiness {
  ready(): Promise<void>
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
  let waiting: { resolve(): void; reject(error: unknown): void }[] = []
  const settle = () => {
    const settled = waiting
    waiting = []
    for (const { resolve, reject } of settled) final === null ? resolve() : reject(final)
  }
  return {
    ready() {
      if (final !== null) return Promise.reject(final)
      if (isReady) return Promise.resolve()
      return new Promise((resolve, reject) => waiting.push({ resolve, reject }))
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
      final ??= new PresenceError('not-running', 'the Redis store was closed')
      settle()
    },
    isClosed: () => isClosed,
  }
}
