import type { FanOut, Presence } from '../engine/presence.ts'
import { randomId as platformRandomId } from '../engine/random-id.ts'
import { createCountReader } from './count-reader.ts'
import { createDeadlines } from './deadlines.ts'
import { createFirsts } from './firsts.ts'
import type { HostParts } from './host-parts.ts'
import { createLeaveTokens } from './leave-tokens.ts'
import { resolveSessionOptions, type SessionOptions } from './options.ts'
import { send } from './replies.ts'
import { ClientSession, type Session } from './session.ts'
import type { SessionTransport } from './transport.ts'

/** The server half of the protocol for one adapter: a session for each of its transports. */
export interface SessionHost<C> {
  /** Transports with a session. */
  readonly size: number
  open(transport: SessionTransport<C>): Session
  /** The page of the connection that was given this leave token goes away. `false`: no such token, or used. */
  hint(leaveToken: string): boolean
  /** Drains every session: each client is told to come back, its connection is lost with a grace. */
  close(): void
}

/** What the engine sends to everybody goes to this room. */
const EVERYONE = '*'

/**
 * @param fanOut Reaches the transports of this host by room; never asked for the room `*`.
 * Throws `invalid-option` for settings that cannot work.
 */
export function createSessionHost<C>(presence: Presence, fanOut: FanOut, options: SessionOptions<C>): SessionHost<C> {
  const resolved = resolveSessionOptions(options)
  const deadlines = createDeadlines(presence.clock)
  const firsts = createFirsts(deadlines)
  const sessions = new Set<ClientSession<C>>()
  const randomId = options.randomId ?? platformRandomId
  const guarded = firsts.guard(fanOut)
  const parts: HostParts<C> = {
    presence,
    options: resolved,
    deadlines,
    firsts,
    group: presence.watchers({
      broadcast(room, message) {
        if (room !== EVERYONE) return guarded.broadcast(room, message)
        // So seldom that a room of everybody is not worth its memory.
        for (const session of sessions) if (session.isOpen) send(session, message)
      },
    }),
    counts: createCountReader(presence),
    leaveTokens: createLeaveTokens(resolved.leaveTokens, randomId),
    randomId,
    sessions,
  }
  return {
    get size() {
      return sessions.size
    },
    open(transport) {
      const session = new ClientSession(parts, transport)
      sessions.add(session)
      return session
    },
    hint: (leaveToken) => parts.leaveTokens.redeem(leaveToken),
    close() {
      for (const session of [...sessions]) session.drain()
      parts.group.close()
      deadlines.close()
    },
  }
}
