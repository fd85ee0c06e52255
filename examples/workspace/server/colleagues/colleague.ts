import { setTimeout as sleep } from 'node:timers/promises'
import { type Desk, type Device, openDevice } from './device.ts'
import { nextAct, type Stage } from './script.ts'

export interface ColleagueOptions {
  readonly desk: Desk
  readonly idleAfterMs: number | null
  readonly graceMs: number
  /** Waits this long before the first connection, so that not all arrive at once. */
  readonly arriveAfterMs: number
  doing(words: string): void
  /** An admin ended it: it stays off, as a person's browser would. */
  onEnded(): void
}

/** After something went wrong, ms. */
const SIGH_MS = 3_000

/** What the server refuses, or cannot save just now, is let be: they do something else then. */
async function actOnce(stage: Stage): Promise<'gone' | undefined> {
  try {
    return await nextAct()(stage)
  } catch (error) {
    if (stage.signal.aborted) throw error
    stage.doing('Drumming their fingers')
    await sleep(SIGH_MS, undefined, { signal: stage.signal })
    return undefined
  }
}

/** Plays one person until stopped. Returns the function that sends them home. */
export function playColleague(options: ColleagueOptions): () => void {
  const controller = new AbortController()
  const { signal } = controller
  const goHome = () => controller.abort()

  const arrive = async (): Promise<Device> => {
    const device = await openDevice(options.desk, 'laptop', signal)
    device.client.on('connection', ({ status, reason }) => {
      if (status !== 'closed' || (reason !== 'kicked' && reason !== 'sign-out')) return
      goHome()
      options.onEnded()
    })
    return device
  }
  const live = async () => {
    options.doing('On the way in')
    await sleep(options.arriveAfterMs, undefined, { signal })
    while (!signal.aborted) {
      const stage = { ...options, device: await arrive(), signal }
      while (!signal.aborted && (await actOnce(stage)) !== 'gone');
    }
  }
  live().catch((error: unknown) => {
    if (!signal.aborted) throw error
  })
  return goHome
}
