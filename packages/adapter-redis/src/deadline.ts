import { PresenceError } from '@rollcall/core'

/** The time within which something is answered, and what keeps it from that. */
export interface Deadline {
  isOver: boolean
  /** What was sent and is not answered. */
  unanswered: number
  /** What the server refused last, for the moment. */
  refusal: Error | null
  /** What is done when it is over, or not needed any more. */
  readonly endings: Set<() => void>
}

/** What stands between us and the server. */
interface Link {
  /** Whether what is sent goes off at once. */
  isReady(): boolean
  lastError(): unknown
}

/**
 * Does some work within `timeoutMs`, and rejects with `unavailable` if it fails or is late. What is late may have been
 * executed, or may still be: but nothing is sent after the deadline. `onMute` is called when a connection stands, and
 * something that was sent over it is not answered at the deadline.
 */
export function callWithin<T>(
  link: Link,
  timeoutMs: number,
  what: string,
  work: (deadline: Deadline) => Promise<T>,
  onMute: () => void = () => {},
): Promise<T> {
  const deadline: Deadline = { isOver: false, unanswered: 0, refusal: null, endings: new Set() }
  const end = () => {
    deadline.isOver = true
    for (const ending of deadline.endings) ending()
  }
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(latenessOf(deadline, link, timeoutMs, what))
      end()
      // A connection that takes what is sent and answers nothing may do so for a quarter of an hour.
      if (deadline.unanswered > 0 && link.isReady()) onMute()
    }, timeoutMs)
    work(deadline).then(
      (result) => {
        clearTimeout(timer)
        resolve(result)
      },
      (error) => {
        clearTimeout(timer)
        reject(failureOf(error, what))
        end()
      },
    )
  })
}

function latenessOf({ unanswered, refusal }: Deadline, link: Link, timeoutMs: number, what: string): PresenceError {
  if (unanswered === 0 && refusal !== null) {
    const message = `Redis refused ${what} for ${timeoutMs} ms: ${refusal.message}`
    return new PresenceError('unavailable', message, { timeoutMs }, refusal)
  }
  const cause = link.lastError() ?? refusal
  const reason = cause instanceof Error ? `: ${cause.message || cause.name}` : ''
  const message = `Redis did not answer ${what} within ${timeoutMs} ms${reason}`
  return new PresenceError('unavailable', message, { timeoutMs }, cause ?? undefined)
}

function failureOf(error: unknown, what: string): unknown {
  if (error instanceof PresenceError) return error
  const reason = error instanceof Error ? error.message || error.name : String(error)
  return new PresenceError('unavailable', `Redis failed at ${what}: ${reason}`, {}, error)
}
