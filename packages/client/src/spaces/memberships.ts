import type { WantedSpace } from '@rollcall/core/protocol'
import { createBatch } from '../batch.ts'
import type { ClientClock } from '../clock.ts'
import type { Connection } from '../connection/connection-contract.ts'
import { LOST, type Request, type RequestError } from '../connection/requests.ts'
import type { SpaceState } from '../register.ts'

/** A stay in a space. Several in one space are counted: the connection exits with the last of them. */
export interface Membership {
  readonly space: string
  /** Replaces the state there. Goes out at most every 50 ms, the newest one; kept through reconnects. */
  setState(state: SpaceState): void
  /** Ends this stay; again, does nothing. */
  exit(): void
}

export interface MembershipsOptions {
  readonly clock: ClientClock
  readonly connection: Pick<Connection, 'ask'>
  /** `undefined`: the server lets the connection stand in all it grants. */
  readonly initial: readonly WantedSpace[] | undefined
  onRefused(error: RequestError): void
}

/** Where this connection wants to stand. */
export interface Memberships {
  enter(space: string, state?: SpaceState): Membership
  /** For the hello. */
  wanted(): { readonly spaces?: readonly WantedSpace[] }
  begin(): void
  lose(): void
}

interface Stay {
  refs: number
  state: SpaceState | undefined
  /** The server was told. */
  isIn: boolean
  sent: SpaceState | undefined
}

const GAP_MS = 50

export function createMemberships({ clock, connection, initial, onRefused }: MembershipsOptions): Memberships {
  const stays = new Map<string, Stay>()
  let isConnected = false

  const stayIn = (space: string) => {
    const stay = stays.get(space) ?? { refs: 0, state: undefined, isIn: false, sent: undefined }
    stays.set(space, stay)
    stay.refs++
    return stay
  }
  for (const { space, state } of initial ?? []) stayIn(space).state = state

  const ask = (request: Request) => connection.ask(request, (error) => error && error !== LOST && onRefused(error))
  const batch = createBatch(clock, GAP_MS, () => {
    for (const [space, stay] of stays) {
      const { state, isIn, sent } = stay
      stay.isIn = true
      stay.sent = state
      if (!stay.refs) {
        stays.delete(space)
        if (isIn) ask({ type: 'exit', space })
      } else if (!isIn) ask({ type: 'enter', space, ...(state === undefined ? {} : { state }) })
      else if (state !== undefined && state !== sent) ask({ type: 'state', space, state })
    }
    return false
  })
  const schedule = () => {
    if (isConnected) batch.schedule()
  }
  return {
    enter(space, state) {
      const stay = stayIn(space)
      let isHere = true
      const setState = (next: SpaceState) => {
        if (!isHere) return
        stay.state = next
        schedule()
      }
      if (state !== undefined) setState(state)
      schedule()
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
    },
    wanted() {
      if (!initial) return {}
      const spaces: WantedSpace[] = []
      for (const [space, stay] of stays) {
        if (!stay.refs) continue
        stay.isIn = true
        stay.sent = stay.state
        spaces.push(stay.state === undefined ? { space } : { space, state: stay.state })
      }
      return { spaces }
    },
    begin() {
      isConnected = true
      // A hello that named no spaces is followed by what is wanted beyond the granted ones.
      if (!initial) for (const stay of stays.values()) stay.isIn &&= !stay.refs
      schedule()
    },
    lose() {
      isConnected = false
      batch.cancel()
    },
  }
}
