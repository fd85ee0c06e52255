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
  get(key: string): readonly ActiveSignal[]
  receive(message: Extract<ServerMessage, { type: 'signal' }>): void
  /** This user left the space. */
  end(space: string, userId: string): void
  dispose(): void
}

export const signalKey = (space: string, name: string) => `g${JSON.stringify([space, name])}`

interface Live {
  readonly space: string
  readonly key: string
  readonly signal: ActiveSignal
  readonly timer: unknown
}

const NONE: readonly ActiveSignal[] = Object.freeze([])

export function createSignals(hub: Hub, clock: ClientClock): ActiveSignals {
  const live = new Map<string, Live>()
  const shown = new Map<string, readonly ActiveSignal[]>()

  const show = (key: string) => {
    const active = [...live.values()].filter((each) => each.key === key)
    shown.set(key, Object.freeze(active.map(({ signal }) => signal)))
    hub.touch(key)
  }
  const end = (id: string) => {
    const ended = live.get(id)
    if (!ended) return
    clock.clearTimer(ended.timer)
    live.delete(id)
    show(ended.key)
  }
  return {
    get: (key) => shown.get(key) ?? NONE,
    receive({ space, userId, name, data, forMs }) {
      const key = signalKey(space, name)
      const id = key + userId
      end(id)
      if (forMs <= 0) return
      const expire = () => {
        end(id)
        hub.commit()
      }
      const signal = freeze({ userId, data, until: clock.now() + forMs })
      live.set(id, { space, key, signal, timer: clock.setTimer(expire, forMs) })
      show(key)
    },
    end(space, userId) {
      live.forEach((each, id) => {
        if (each.space === space && each.signal.userId === userId) end(id)
      })
    },
    dispose() {
      for (const { timer } of live.values()) clock.clearTimer(timer)
    },
  }
}
