import type { Json, ServerMessage } from '@rollcall/core/protocol'
import type { ClientClock } from '../clock.ts'
import type { Hub } from '../hub.ts'
import { freeze } from '../json.ts'

/** A signal of another user that has not expired. Frozen. */
export interface ActiveSignal<Data = Json> {
  readonly userId: string
  readonly data: Data
  /** When it ends unless repeated; this machine's wall clock, ms. */
  readonly until: number
}

/** Ephemeral words of others, such as typing, for as long as they hold. */
export interface ActiveSignals {
  get(space: string, name: string): readonly ActiveSignal[]
  receive(message: Extract<ServerMessage, { type: 'signal' }>): void
  /** This user left the space. */
  end(space: string, userId: string): void
  dispose(): void
}

export const signalKey = (space: string, name: string) => `g${JSON.stringify([space, name])}`

interface Kind {
  readonly space: string
  active: readonly ActiveSignal[]
}

const NONE: readonly ActiveSignal[] = Object.freeze([])

export function createSignals(hub: Hub, clock: ClientClock): ActiveSignals {
  const kinds = new Map<string, Kind>()
  let timer: unknown

  /** Keeps what passes, adds what came, and wakes when the next one ends. */
  const sift = (stays: (signal: ActiveSignal, kind: Kind, key: string) => boolean) => {
    let next = Number.POSITIVE_INFINITY
    for (const [key, kind] of kinds) {
      const active = kind.active.filter((signal) => stays(signal, kind, key))
      if (active.length < kind.active.length) {
        kind.active = Object.freeze(active)
        hub.touch(key)
      }
      if (!active.length) kinds.delete(key)
      for (const { until } of active) next = Math.min(next, until)
    }
    clock.clearTimer(timer)
    if (next < Number.POSITIVE_INFINITY) timer = clock.setTimer(expire, Math.max(0, next - clock.now()))
  }
  const expire = () => {
    const now = clock.now()
    sift(({ until }) => until > now)
    hub.commit()
  }
  return {
    get: (space, name) => kinds.get(signalKey(space, name))?.active ?? NONE,
    receive({ space, userId, name, data, forMs }) {
      const key = signalKey(space, name)
      const others = (kinds.get(key)?.active ?? NONE).filter((signal) => signal.userId !== userId)
      const until = clock.now() + forMs
      kinds.set(key, { space, active: freeze(forMs > 0 ? [...others, { userId, data, until }] : others) })
      hub.touch(key)
      sift(() => true)
    },
    end(space, userId) {
      sift((signal, kind) => kind.space !== space || signal.userId !== userId)
    },
    dispose() {
      clock.clearTimer(timer)
    },
  }
}
