import type { HeldConnection } from '../engine/presence.ts'
import type { Json } from '../machine/index.ts'
import type { ClientMessage } from '../protocol/messages.ts'
import { type Client, fail } from './replies.ts'

/** Default and longest time until a signal counts as ended. */
const SIGNAL_MS = 5000
const MAX_SIGNAL_MS = 60_000
/** Signals of one connection that are ended for it when it goes; more than that expire by themselves. */
const MAX_LIVE = 100

/** The ephemeral signals of one connection. */
export interface LiveSignals {
  /** Passes a signal on; `forMs: 0` ends it. */
  signal(message: Extract<ClientMessage, { type: 'signal' }>): void
  /** Ends those of one space, or all, that still stand. */
  stop(space?: string): void
}

export function createLiveSignals(
  client: Client,
  { userId, connectionId }: Pick<HeldConnection, 'userId' | 'connectionId'>,
): LiveSignals {
  const { presence } = client.host
  const { clock } = presence
  const live = new Map<string, { readonly space: string; readonly name: string; readonly until: number }>()

  const pass = (space: string, name: string, data: Json, forMs: number) => {
    presence
      .signal({ userId, connectionId }, { space, name, data, forMs })
      .catch((error: unknown) => fail(client, 'signal', null, error))
  }
  const forgetExpired = () => {
    const now = clock.monotonic()
    for (const [key, { until }] of live) if (until <= now) live.delete(key)
  }
  return {
    signal({ space, name, data = null, forMs: wanted = SIGNAL_MS }) {
      const forMs = Math.min(wanted, MAX_SIGNAL_MS)
      const key = JSON.stringify([space, name])
      if (live.size >= MAX_LIVE) forgetExpired()
      if (forMs === 0) live.delete(key)
      else if (live.size < MAX_LIVE) live.set(key, { space, name, until: clock.monotonic() + forMs })
      pass(space, name, data, forMs)
    },
    stop(only) {
      forgetExpired()
      for (const [key, { space, name }] of live) {
        if (only !== undefined && space !== only) continue
        live.delete(key)
        pass(space, name, null, 0)
      }
    },
  }
}
