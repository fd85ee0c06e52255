import { type ClientClock, systemClock } from '../clock.ts'
import { type Duration, toMs } from '../duration.ts'
import type { PresenceClient } from '../presence-client.ts'

export interface IdleWhenHiddenOptions {
  /** How long the page is hidden before its user counts as idle here. */
  readonly after: Duration
  /** @default the platform's */
  readonly clock?: ClientClock
}

/**
 * Makes a hidden page idle sooner than one without input: after `after`, unless `keepActive()` holds. Without it hidden
 * pages are judged by input alone, as visible ones are. Other tabs and devices go on counting; hidden is never offline.
 * A page that shows again is input.
 *
 * @returns What ends it.
 */
export function idleWhenHidden(
  client: Pick<PresenceClient, 'active' | 'idle'>,
  { after, clock = systemClock }: IdleWhenHiddenOptions,
): () => void {
  const afterMs = toMs(after)
  const { document } = globalThis
  let timer: unknown
  let isIdle = false
  const look = () => {
    clock.clearTimer(timer)
    if (document.visibilityState === 'hidden') {
      timer = clock.setTimer(() => {
        isIdle = true
        client.idle()
      }, afterMs)
    } else if (isIdle) {
      isIdle = false
      client.active()
    }
  }
  document?.addEventListener('visibilitychange', look)
  if (document) look()
  return () => {
    clock.clearTimer(timer)
    document?.removeEventListener('visibilitychange', look)
  }
}
