import type { ClientClock } from '../clock.ts'
import type { Hub } from '../hub.ts'
import type { InputSource } from './dom-input.ts'
import { joinSiblingTabs, type SiblingTabs } from './sibling-tabs.ts'

/** The client's own view of idleness, for a user interface. Frozen; a new object with each change. */
export interface ActivityState {
  /** No input in any tab for `idleAfter`, or `idle()` was called, and nothing keeps the user active. */
  readonly idle: boolean
  /** When `idle` last changed; this machine's wall clock, ms. */
  readonly since: number
}

export interface ActivityParts {
  readonly hub: Hub
  readonly clock: ClientClock
  readonly source: InputSource | null
  /** `Infinity`: never. */
  readonly idleAfterMs: number
  /** Whether the message went out. */
  send(message: { readonly type: 'active' | 'idle' }): boolean
}

/**
 * Notices *that* there is input, and nothing else of it. One timer; the wall clock decides, not the timer having
 * fired. The server decides over idleness by its own clock, from the reports of `active`.
 */
export interface Activity {
  readonly state: ActivityState
  /** Time until the user counts as idle, in ms; `null`: never. */
  idleInMs(): number | null
  input(): void
  /** Until the next input. */
  idle(): void
  /** Counted; returns the function that ends it. */
  keepActive(): () => void
  /** Time may have passed unseen. */
  check(): void
  start(): void
  stop(): void
  /** A welcome came. */
  begin(userId: string): void
}

/** A report of `active` holds this long. */
const REPORT_MS = 30_000

export function createActivity({ hub, clock, source, idleAfterMs, send }: ActivityParts): Activity {
  const everyMs = Math.min(REPORT_MS, idleAfterMs / 2)
  let state: ActivityState = Object.freeze({ idle: false, since: clock.now() })
  let inputAt = clock.now()
  let reportedAt = 0
  /** Input that was not reported yet. */
  let isNews = false
  /** The last report found nobody to take it. */
  let isOwed = false
  let isIdled = false
  let holds = 0
  let timer: unknown
  let stopListening: (() => void) | undefined
  let siblings: SiblingTabs | undefined
  let siblingsOf: string | undefined

  const isHeld = () => holds > 0 || !!source?.isHidden()
  const isDue = () => Math.abs(clock.now() - reportedAt) >= everyMs
  const idleInMs = () => {
    if (isIdled) return 0
    if (idleAfterMs === Number.POSITIVE_INFINITY) return null
    return isHeld() ? idleAfterMs : Math.max(0, inputAt + idleAfterMs - clock.now())
  }
  const check = () => {
    clock.clearTimer(timer)
    timer = undefined
    if (!stopListening) return
    const now = clock.now()
    if (isHeld() && !isIdled) {
      inputAt = now
      isNews = true
    }
    const wasIdle = state.idle
    if (isNews && (wasIdle || isDue())) {
      isNews = false
      reportedAt = now
      siblings?.tell(inputAt)
      isOwed = !send({ type: 'active' })
    }
    const left = idleInMs()
    const idle = left === 0
    if (idle !== wasIdle) {
      state = Object.freeze({ idle, since: now })
      hub.touch('activity')
      hub.commit()
    }
    // Frames may be focused without any event of ours while the user was idle; the window's blur tells.
    if (!idle && (left !== null || isNews || isHeld()))
      timer = clock.setTimer(check, Math.min(everyMs, left ?? everyMs))
  }
  const input = () => {
    inputAt = clock.now()
    isNews = true
    isIdled = false
    if (state.idle || timer === undefined || isDue()) check()
  }
  return {
    get state() {
      return state
    },
    idleInMs,
    input,
    idle() {
      isIdled = true
      isNews = false
      isOwed = false
      send({ type: 'idle' })
      check()
    },
    keepActive() {
      let isHolding = true
      holds++
      input()
      return () => {
        if (!isHolding) return
        isHolding = false
        holds--
        input()
      }
    },
    check,
    start() {
      if (stopListening) return
      stopListening = source?.listen(input) ?? (() => {})
      inputAt = clock.now()
      check()
    },
    stop() {
      stopListening?.()
      stopListening = undefined
      siblings?.close()
      siblings = siblingsOf = undefined
      check()
    },
    begin(userId) {
      if (isIdled) send({ type: 'idle' })
      else if (isOwed) isOwed = !send({ type: 'active' })
      if (!source || siblingsOf === userId) return
      siblings?.close()
      siblingsOf = userId
      siblings = joinSiblingTabs(userId, (at) => {
        if (at <= inputAt) return
        inputAt = Math.min(at, clock.now())
        isIdled = false
        check()
      })
    },
  }
}
