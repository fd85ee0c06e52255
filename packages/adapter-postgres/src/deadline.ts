import { PresenceError } from '@rollcall/core'

/** A moment until which something must be done. */
export interface Deadline {
  /** Ms that are left; 0 once it has passed. */
  left(): number
  /** How long the server may wait for a lock: it gives up, and says so, before its caller does. Whole ms above 0. */
  lockMs(): number
  /**
   * What `call` resolves to, or `unavailable` once the deadline has passed. What arrives later is handed to `late`; a
   * call that fails later fails unheard.
   */
  within<T>(call: Promise<T>, late?: (value: T) => void): Promise<T>
}

/** Of what is left of a deadline. */
const LOCK_SHARE = 0.75

export function deadlineIn(timeoutMs: number): Deadline {
  const end = performance.now() + timeoutMs
  const left = () => Math.max(0, end - performance.now())
  return {
    left,
    lockMs: () => Math.max(1, Math.floor(left() * LOCK_SHARE)),
    within: (call, late) =>
      new Promise((resolve, reject) => {
        let isOver = false
        const timer = setTimeout(() => {
          isOver = true
          const message = `PostgreSQL did not answer within ${timeoutMs} ms; try again`
          reject(new PresenceError('unavailable', message, { timeoutMs }))
        }, left())
        call.then(
          (value) => {
            clearTimeout(timer)
            if (isOver) late?.(value)
            else resolve(value)
          },
          (error: unknown) => {
            clearTimeout(timer)
            reject(error)
          },
        )
      }),
  }
}
