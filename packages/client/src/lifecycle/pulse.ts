import type { ClientClock } from '../clock.ts'

const EVERY_MS = 5000
/** A hidden page's timers run once a minute at worst. */
const VISIBLE_GAP_MS = 3 * EVERY_MS
const HIDDEN_GAP_MS = 75_000

/**
 * Looks at the clock at regular intervals. Sleep is silent: no event tells of it, sockets still look open, only the
 * clock has jumped.
 *
 * @param onBeat `slept`: more time passed than any timer is late.
 * @returns What ends it.
 */
export function startPulse(clock: ClientClock, isVisible: () => boolean, onBeat: (slept: boolean) => void): () => void {
  let timer: unknown
  const beat = (since: number) => {
    timer = clock.setTimer(() => {
      const now = clock.now()
      const gap = now - since
      beat(now)
      onBeat(gap > (isVisible() ? VISIBLE_GAP_MS : HIDDEN_GAP_MS))
    }, EVERY_MS)
  }
  beat(clock.now())
  return () => clock.clearTimer(timer)
}
