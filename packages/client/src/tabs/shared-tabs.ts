import type { ClientTransport } from '@rollcall/core/protocol'
import { type ClientClock, systemClock } from '../clock.ts'
import { type TabPlatform, tabPlatform } from './room.ts'
import { takeSeat } from './seat.ts'

/** Of what tabs say to each other: those of another deploy that say it otherwise do not share. */
const FORMAT = 1

export interface SharedTabsOptions {
  /**
   * Who is signed in here. Tabs of different users never share; if the server takes the connection for another user's,
   * it is not shared either.
   */
  readonly userId: string
  /**
   * What else must be the same: the server, the login where tabs have each their own.
   *
   * @default the transport's name
   */
  readonly name?: string
  /** @default the platform's */
  readonly clock?: ClientClock
  /** Locks and channels. @default the platform's, null where there are none */
  readonly platform?: TabPlatform | null
  /** @default the platform's generator */
  readonly randomId?: () => string
}

/**
 * One connection for all tabs of a user. The first tab has it, the others speak through that one, each with its own
 * watches, spaces and claims; the user is active while any of them is. When the tab with the connection goes, is
 * frozen or crashes, the next one takes it over, and nobody else sees a change.
 *
 * Limits of a connection, such as the number of watched users, then hold for all tabs together.
 *
 * Without Web Locks or BroadcastChannel each tab has a connection of its own, after one warning in development; so
 * does a transport that is the application's own.
 */
export function sharedTabs(transport: ClientTransport, options: SharedTabsOptions): ClientTransport {
  const {
    userId,
    name = transport.name,
    clock = systemClock,
    platform = tabPlatform(),
    randomId = () => crypto.randomUUID(),
  } = options
  const bound = new Set<string>()
  let hasWarned = false
  const warn = (why: string) => {
    if (hasWarned) return
    hasWarned = true
    try {
      if (process.env.NODE_ENV === 'production') return
    } catch {
      // No bundler filled it in.
    }
    console.warn(`rollcall: each tab has a connection of its own. ${why}`)
  }
  return {
    name: transport.name,
    owned: transport.owned,
    open(listener) {
      if (!transport.owned) {
        warn(`The ${transport.name} transport is the application’s own; share one that rollcall makes.`)
        return transport.open(listener)
      }
      if (!platform) {
        warn('There are no Web Locks or no BroadcastChannel here.')
        return transport.open(listener)
      }
      try {
        return takeSeat(
          {
            transport,
            platform,
            clock,
            name: `rollcall-tabs:${JSON.stringify([FORMAT, name, userId])}`,
            userId,
            bound,
            randomId,
            warn,
          },
          listener,
        )
      } catch (error) {
        warn(`A channel cannot be opened here: ${error}.`)
        return transport.open(listener)
      }
    },
  }
}
