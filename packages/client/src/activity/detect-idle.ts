import { type Duration, toMs } from '../duration.ts'
import type { PresenceClient } from '../presence-client.ts'
import type { Readable } from '../readable.ts'

/** What the browser sees of the whole machine. Frozen. */
export interface DetectedIdle {
  /** No input to anything for the threshold. */
  readonly idle: boolean
  /** The screen is locked. */
  readonly locked: boolean
}

/** Its value is `null` while nothing is detected: not supported, or not permitted (yet). */
export interface IdleDetection extends Readable<DetectedIdle | null> {
  /** Ends it for good. */
  stop(): void
}

export interface IdleDetectionOptions {
  /** Without input for so long the user is idle; less than a minute is taken as one. @default '5m' */
  readonly threshold?: Duration
}

/** The `IdleDetector` of Chromium, which the types of the DOM do not have. */
interface Detector extends EventTarget {
  readonly userState: 'active' | 'idle' | null
  readonly screenState: 'locked' | 'unlocked' | null
  start(options: { readonly threshold: number; readonly signal: AbortSignal }): Promise<void>
}

/** The browser refuses anything below. */
const LEAST_MS = 60_000

/**
 * Says that the user is idle as soon as the screen is locked or the whole machine is without input, and active when they
 * come back. Sees what they do in other programs, therefore needs their permission, and never asks for it: begins once it is
 * granted (`IdleDetector.requestPermission()` in a click), and ends when it is taken back. Where there is no such
 * thing, or it is refused, nothing happens.
 */
export function detectIdle(
  client: Pick<PresenceClient, 'active' | 'idle'>,
  { threshold = '5m' }: IdleDetectionOptions = {},
): IdleDetection {
  const { IdleDetector } = globalThis as { IdleDetector?: new () => Detector }
  const thresholdMs = Math.max(LEAST_MS, toMs(threshold))
  const listeners = new Set<() => void>()
  const ending = new AbortController()
  let running: AbortController | undefined
  let seen: DetectedIdle | null = null

  const see = (next: DetectedIdle | null) => {
    const isAway = (state: DetectedIdle | null) => !!state && (state.idle || state.locked)
    const wasAway = isAway(seen)
    if (next?.idle === seen?.idle && next?.locked === seen?.locked) return
    seen = next && Object.freeze(next)
    if (isAway(next) && !wasAway) client.idle()
    else if (next && !isAway(next) && wasAway) client.active()
    for (const listener of [...listeners]) listener()
  }
  const end = () => {
    running?.abort()
    running = undefined
    see(null)
  }
  const begin = async (Found: new () => Detector) => {
    if (running) return
    const mine = new AbortController()
    running = mine
    try {
      const detector = new Found()
      const look = () => {
        if (running === mine) see({ idle: detector.userState === 'idle', locked: detector.screenState === 'locked' })
      }
      detector.addEventListener('change', look, { signal: mine.signal })
      await detector.start({ threshold: thresholdMs, signal: mine.signal })
      look()
    } catch {
      // Refused after all.
      if (running === mine) end()
    }
  }
  const watch = async (Found: new () => Detector) => {
    const permission = await navigator.permissions.query({ name: 'idle-detection' as PermissionName })
    if (ending.signal.aborted) return
    const follow = () => {
      if (permission.state === 'granted') void begin(Found)
      else end()
    }
    permission.addEventListener('change', follow, { signal: ending.signal })
    follow()
  }
  if (IdleDetector) watch(IdleDetector).catch(() => {})

  return {
    get: () => seen,
    subscribe(listener) {
      const call = () => listener()
      listeners.add(call)
      return () => void listeners.delete(call)
    },
    stop() {
      ending.abort()
      listeners.clear()
      end()
    },
  }
}
