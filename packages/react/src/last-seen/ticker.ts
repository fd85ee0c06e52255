/** Labels by the instant at which they change, on whole seconds of the wall clock, so that near ones share a wake-up. */
const due = new Map<number, Set<() => void>>()
const GRAIN_MS = 1_000
const MAX_DELAY_MS = 2 ** 31 - 1

let timer: ReturnType<typeof setTimeout> | undefined
let armedFor = Number.POSITIVE_INFINITY
let ringing = false

function arm(): void {
  const next = Math.min(...due.keys())
  if (ringing || next === armedFor) return
  clearTimeout(timer)
  armedFor = next
  if (due.size > 0) timer = setTimeout(ring, Math.min(Math.max(next - Date.now(), 0), MAX_DELAY_MS))
}

function ring(): void {
  armedFor = Number.POSITIVE_INFINITY
  // Whoever is called comes back for the next change: armed once, when all have.
  ringing = true
  const now = Date.now()
  for (const [at, listeners] of [...due]) {
    if (at > now) continue
    due.delete(at)
    for (const listener of listeners) listener()
  }
  ringing = false
  arm()
}

/**
 * Calls `listener` once, after `delayMs` and less than a second more. One timer serves all callers, and rings only when
 * one of them is due. Returns the function that cancels.
 */
export function wakeIn(delayMs: number, listener: () => void): () => void {
  const at = Math.ceil((Date.now() + delayMs) / GRAIN_MS) * GRAIN_MS
  const listeners = due.get(at) ?? new Set()
  due.set(at, listeners.add(listener))
  arm()
  return () => {
    listeners.delete(listener)
    if (listeners.size === 0 && due.get(at) === listeners) due.delete(at)
    arm()
  }
}
