import type { Activity } from '../activity/activity.ts'
import type { ClientClock } from '../clock.ts'
import type { Connection } from '../connection/connection-contract.ts'
import type { Lifecycle } from './lifecycle.ts'
import { startPulse } from './pulse.ts'

/**
 * Tells connection and activity what becomes of the page, for as long as there is a connection to look after.
 *
 * @returns What ends that.
 */
export function keepWatch(
  clock: ClientClock,
  lifecycle: Lifecycle | null,
  connection: Connection,
  activity: Activity,
): () => void {
  activity.start()
  const stopPulse = startPulse(
    clock,
    () => lifecycle?.visible ?? true,
    (slept) => {
      if (slept) activity.check()
      connection.pulse(slept)
    },
  )
  const stopObserving = lifecycle?.observe({
    onLeave: () => connection.suspend('page-hidden'),
    onFreeze: () => connection.suspend('page-frozen'),
    onWake() {
      activity.check()
      connection.wake()
    },
  })
  return () => {
    activity.stop()
    stopPulse()
    stopObserving?.()
  }
}
