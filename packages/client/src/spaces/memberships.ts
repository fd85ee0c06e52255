import type { ServerMessage, WantedSpace } from '@rollcall/core/protocol'
import type { ClientClock } from '../clock.ts'
import type { Connection } from '../connection/connection-contract.ts'
import { LOST, type RequestError } from '../connection/requests.ts'
import type { SpaceState } from '../register.ts'

/** A stay in a space. Several in one space are counted: the connection exits with the last of them. */
export interface Membership<Space extends string = string> {
  readonly space: string
  /** Replaces the state there. Goes out at most every 50 ms, the newest one; kept through reconnects. */
  setState(state: SpaceState<Space>): void
  /** Ends this stay; again, does nothing. */
  exit(): void
}

/** Where this connection wants to stand. */
export interface Memberships {
  enter(space: string, state?: SpaceState): Membership
  /** For the hello; empty where the server lets the connection stand in all it grants. */
  wanted(): { readonly spaces?: readonly WantedSpace[] }
  begin(welcome: Extract<ServerMessage, { type: 'welcome' }>): void
  /** Tells the server what it does not know yet. */
  flush(): void
  /** There is no connection to tell. */
  end(): void
}

interface Stay {
  refs: number
  state: SpaceState | undefined
  /** The server was told, and of which state. */
  isIn: boolean
  told: SpaceState | undefined
}

/** As told as nothing that is ever wanted: to be told again. */
const UNSURE = {} as SpaceState

/** A page that resumed the connection of the one before has so long to enter where that one stood. */
const SETTLE_MS = 5000

export function createMemberships(
  { ask }: Pick<Connection, 'ask'>,
  clock: ClientClock,
  initial: readonly WantedSpace[] | undefined,
  schedule: () => void,
  onRefused: (error: RequestError) => void,
): Memberships {
  const stays = new Map<string, Stay>()
  let settling: unknown
  let retrying: unknown
  /** Where the server could not do then what it was asked; whether the connection stands there, nobody knows. */
  const refused = new Map<Stay, string>()
  const askAgain = () => {
    refused.forEach((space, stay) => {
      // Another stay there since has its own answers.
      if ((stays.get(space) ?? stay) !== stay) refused.delete(stay)
      else stays.set(space, Object.assign(stay, { told: UNSURE }))
    })
    schedule()
  }
  const enter = (space: string, state?: SpaceState): Membership => {
    const stay = stays.get(space) ?? { refs: 0, state: undefined, isIn: false, told: undefined }
    let isHere = true
    stays.set(space, stay)
    stay.refs++
    const setState = (next = stay.state) => {
      if (!isHere) return
      stay.state = next
      schedule()
    }
    setState(state)
    return {
      space,
      setState,
      exit() {
        if (!isHere) return
        isHere = false
        stay.refs--
        schedule()
      },
    }
  }
  for (const { space, state } of initial ?? []) enter(space, state as SpaceState | undefined)

  return {
    enter,
    wanted() {
      if (!initial) return {}
      const spaces: WantedSpace[] = []
      stays.forEach((stay, space) => {
        if (!stay.refs) return
        const { state } = stay
        stay.isIn = true
        stay.told = state
        spaces.push(state === undefined ? { space } : { space, state })
      })
      return { spaces }
    },
    begin({ connectionId, resumed, self, spaces }) {
      // A hello that named no spaces is followed by what is wanted beyond the granted ones.
      for (const stay of stays.values()) stay.isIn &&= !!initial || !stay.refs
      if (initial || !resumed) return
      const mine = self.connections.find((connection) => connection.connectionId === connectionId)
      clock.clearTimer(settling)
      settling = clock.setTimer(() => {
        for (const { space } of mine?.spaces ?? []) {
          if (stays.has(space) || spaces.includes(space)) continue
          stays.set(space, { refs: 0, state: undefined, isIn: true, told: undefined })
          schedule()
        }
      }, SETTLE_MS)
    },
    end() {
      clock.clearTimer(settling)
      clock.clearTimer(retrying)
      refused.clear()
    },
    flush() {
      stays.forEach((stay, space) => {
        const { refs, state, isIn, told } = stay
        const type = refs ? (isIn && !refused.has(stay) ? 'state' : 'enter') : 'exit'
        stay.isIn = true
        stay.told = state
        if (!refs) stays.delete(space)
        if (refs ? isIn && state === told : !isIn) return
        refused.delete(stay)
        ask(
          { type, space, ...(state === undefined || !refs ? {} : { state }) } as Parameters<typeof ask>[0],
          (error) => {
            if (!error || error === LOST) return
            if (error.retryAfterMs) {
              refused.set(stay, space)
              clock.clearTimer(retrying)
              retrying = clock.setTimer(askAgain, error.retryAfterMs)
            }
            onRefused(error)
          },
        )
      })
    },
  }
}
