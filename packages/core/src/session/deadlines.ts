import { createScheduler } from '../engine/scheduler.ts'
import type { Clock } from '../time/clock.ts'

/** A deadline that was set. Cancelling one that passed does nothing. */
export interface Deadline {
  cancel(): void
}

/** The deadlines of all sessions of a host, behind one timer. */
export interface Deadlines {
  /** Calls back once, `afterMs` from now, unless cancelled. */
  set(afterMs: number, callback: () => void): Deadline
  /** Settles as `work` does, or with `late` once `afterMs` have passed; what comes of `work` then goes to `onLate`. */
  within<T, L>(afterMs: number, late: L, work: Promise<T>, onLate?: (result: T) => void): Promise<T | L>
  /** Cancels all. */
  close(): void
}

export function createDeadlines(clock: Clock): Deadlines {
  const slots: ({ readonly at: number; readonly callback: () => void } | null)[] = []
  const free: number[] = []
  let closed = false
  const release = (slot: number) => {
    slots[slot] = null
    free.push(slot)
  }
  const scheduler = createScheduler(clock, clock.monotonic, (slot) => {
    const deadline = slots[slot]
    if (deadline === null || deadline === undefined) return
    // Beyond its horizon the scheduler calls early.
    if (deadline.at > clock.monotonic()) return scheduler.arm(slot, deadline.at)
    release(slot)
    deadline.callback()
  })

  const deadlines: Deadlines = {
    set(afterMs, callback) {
      if (closed) return { cancel() {} }
      const slot = free.pop() ?? slots.length
      const deadline = { at: clock.monotonic() + afterMs, callback }
      slots[slot] = deadline
      scheduler.arm(slot, deadline.at)
      return {
        cancel() {
          if (slots[slot] !== deadline) return
          scheduler.disarm(slot)
          release(slot)
        },
      }
    },
    within(afterMs, late, work, onLate) {
      return new Promise((resolve, reject) => {
        let passed = false
        const deadline = deadlines.set(afterMs, () => {
          passed = true
          resolve(late)
        })
        work.then(
          (result) => {
            deadline.cancel()
            if (passed) onLate?.(result)
            else resolve(result)
          },
          (error: unknown) => {
            deadline.cancel()
            reject(error)
          },
        )
      })
    },
    close() {
      closed = true
      slots.length = 0
      free.length = 0
      scheduler.dispose()
    },
  }
  return deadlines
}
