import type { FanOut, Presence } from '../engine/presence.ts'
import { randomId as platformRandomId } from '../engine/random-id.ts'
import { createCountReader } from './count-reader.ts'
import { createDeadlines } from './deadlines.ts'
import { createFirsts } from './firsts.ts'
import type { HostParts } from './host-parts.ts'
import { resolveSessionOptions, type SessionOptions } from './options.ts'
import { createSession, type Session } from './session.ts'
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

/**
 * @param fanOut Reaches the transports of this host by room.
 * Throws `invalid-option` for settings that cannot work.
 */
export function createSessionHost<C>(presence: Presence, fanOut: FanOut, options: SessionOptions<C>): SessionHost<C> {
  const resolved = resolveSessionOptions(options)
  const deadlines = createDeadlines(presence.clock)
  const firsts = createFirsts(deadlines)
  const sessions = new Set<Session>()
  const parts: HostParts<C> = {
    presence,
    options: resolved,
    deadlines,
    firsts,
    group: presence.watchers(firsts.guard(fanOut)),
    counts: createCountReader(presence),
    randomId: options.randomId ?? platformRandomId,
    leaveTokens: new Map(),
  }
  return {
    get size() {
      return sessions.size
    },
    open(transport) {
      const session: Session = createSession(parts, transport, () => sessions.delete(session))
      sessions.add(session)
      return session
    },
    hint(leaveToken) {
      const act = parts.leaveTokens.get(leaveToken)
      parts.leaveTokens.delete(leaveToken)
      act?.()
      return act !== undefined
    },
    close() {
      for (const session of [...sessions]) session.drain()
      parts.group.close()
      deadlines.close()
    },
  }
}
