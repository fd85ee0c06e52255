import type { ClientClock } from '../clock.ts'
import type { Hub } from '../hub.ts'
import type { InputSource } from './dom-input.ts'

/** The client's own view of idleness, for a user interface. Frozen; a new object with each change. */
export interface ActivityState {
  /** No input in any tab for `idleAfter`, or `idle()` was called, and nothing keeps the user active. */
  readonly idle: boolean
  /** When `idle` last changed; this machine's wall clock, ms. */
  readonly since: number
}

/**
 * Notices *that* there is input, and nothing else of it. One timer; the wall clock decides, not the timer having
 * fired. The server decides over idleness by its own clock, from the reports of `active`.
 */
export interface Activity {
  get(): ActivityState
  /** Time until the user counts as idle, in ms; `null`: never. */
  idleInMs(): number | null
  input(): void
  /** Until the next input; while the user is kept active it waits. */
  idle(): void
  /** Counted; returns the function that ends it. */
  keepActive(): () => void
  /** Time may have passed unseen. */
  check(): void
  start(): void
  stop(): void
  /** The server counts this tab as idle, whenever that is: the next input is reported at once. */
  expire(): void
  /** A welcome came. */
  begin(userId: string | null): void
}

/** A report of `active` holds this long. */
const REPORT_MS = 30_000

/**
 * @param idleAfterMs `Infinity`: never.
 * @param send Whether the message went out.
 */
export function createActivity(
  hub: Hub,
  clock: ClientClock,
  source: InputSource | null,
  idleAfterMs: number,
  send: (message: { readonly type: 'active' | 'idle' }) => boolean,
): Activity {
  const everyMs = Math.min(REPORT_MS, idleAfterMs / 2)
  let state: ActivityState = Object.freeze({ idle: false, since: clock.now() })
  let inputAt = state.since
  let reportedAt = 0
  /** There was input that the server does not know of. */
  let isNews = false
  /** `idle()` was called. */
  let isIdled = false
  let holds = 0
  let timer: unknown
  let stopListening: (() => void) | undefined
  let siblings: BroadcastChannel | undefined
  let siblingsOf: string | null = null

  const isHeld = () => holds > 0 || (!isIdled && !!source?.isHidden())
  const isDue = () => Math.abs(clock.now() - reportedAt) >= everyMs
  const idleInMs = () => {
    if (isIdled && !holds) return 0
    if (idleAfterMs === Infinity) return null
    return isHeld() ? idleAfterMs : Math.max(0, inputAt + idleAfterMs - clock.now())
  }
  const check = () => {
    clock.clearTimer(timer)
    timer = undefined
    if (!stopListening) return
    const now = clock.now()
    if (isHeld()) {
      inputAt = now
      isNews = true
      // The server would take what was slept over for input of now.
    } else if (idleInMs() === 0) isNews = false
    if (isNews && (state.idle || isDue())) {
      reportedAt = now
      siblings?.postMessage(inputAt)
      isNews = !send({ type: 'active' })
    }
    const leftMs = idleInMs()
    const isIdle = leftMs === 0
    if (isIdle !== state.idle) {
      state = Object.freeze({ idle: isIdle, since: now })
      hub.touch('activity')
      hub.commit()
    }
    if (isIdle || !(leftMs || isNews || isHeld())) return
    // What there was is reported when the last report has run out.
    const windowMs = isNews ? Math.max(0, reportedAt + everyMs - now) : everyMs
    timer = clock.setTimer(check, Math.min(windowMs, leftMs ?? everyMs))
  }
  const input = () => {
    inputAt = clock.now()
    isNews = true
    isIdled = false
    if (state.idle || timer === undefined || isDue()) check()
  }
  const idle = () => {
    isIdled = true
    // What keeps the user active comes first: idle then as soon as it ends.
    if (holds) return
    isNews = false
    send({ type: 'idle' })
    check()
  }
  const leaveSiblings = () => {
    siblings?.close()
    siblings = undefined
    siblingsOf = null
  }
  return {
    get: () => state,
    idleInMs,
    input,
    idle,
    keepActive() {
      let isHolding = true
      holds++
      input()
      return () => {
        if (!isHolding) return
        isHolding = false
        holds--
        if (isIdled) idle()
        else input()
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
      leaveSiblings()
      check()
    },
    expire() {
      reportedAt = 0
      if (isNews) check()
    },
    begin(userId) {
      if (isIdled && !holds) send({ type: 'idle' })
      else if (isNews) {
        reportedAt = 0
        check()
      }
      if (!source || siblingsOf === userId) return
      leaveSiblings()
      siblingsOf = userId
      // Tabs of the same origin and user; where there is no such channel, or it is forbidden, a tab is alone.
      try {
        siblings = new BroadcastChannel(`rollcall:${userId}`)
        siblings.onmessage = ({ data }) => {
          if (!(data > inputAt)) return
          inputAt = Math.min(data, clock.now())
          isIdled = false
          check()
        }
      } catch {}
    },
  }
}
