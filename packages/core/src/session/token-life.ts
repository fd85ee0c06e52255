import type { Viewer } from '../engine/presence.ts'
import { runAuthenticate } from './authenticate.ts'
import type { Deadline } from './deadlines.ts'
import type { HostParts } from './host-parts.ts'
import { type Client, RETRY_AFTER_MS, refuse, send } from './replies.ts'
import type { SessionTransport } from './transport.ts'

/** The token that a connection lives on. */
export interface TokenLife {
  /** The token ends in so many ms, `null` for never: the client is asked for a fresh one before. */
  arm(expiresInMs: number | null): void
  /**
   * Checks a fresh token. Resolves to who it says the viewer is now; `null` if it says nothing new, for it could not be
   * checked, or was no good.
   */
  refresh(token: string, viewer: Viewer): Promise<Viewer | null>
  stop(): void
}

/** Whose token it is. */
export interface TokenBearer<C> extends Client {
  readonly host: HostParts<C>
  readonly transport: SessionTransport<C>
}

/** What becomes of a connection whose token is no good. */
export interface TokenEnds {
  /** It turned out so; the client has been told. */
  onUnauthenticated(): void
  /** It ran out, and no fresh one came. */
  onExpired(): void
}

/** A client is asked for a fresh token this long before the old one ends, or at half of its time. */
export const EXPIRING_MS = 60_000

export function createTokenLife<C>(client: TokenBearer<C>, ends: TokenEnds): TokenLife {
  const { host, transport } = client
  let expiry: Deadline | null = null
  let stopped = false

  const turnDown = (message: string): null => {
    refuse(client, 'token', null, { code: 'authentication-error', message })
    ends.onUnauthenticated()
    return null
  }
  const life: TokenLife = {
    arm(expiresInMs) {
      expiry?.cancel()
      expiry = null
      if (expiresInMs === null || stopped) return
      const inMs = Math.min(EXPIRING_MS, expiresInMs / 2)
      expiry = host.deadlines.set(expiresInMs - inMs, () => {
        send(client, { type: 'expiring', inMs })
        expiry = host.deadlines.set(inMs, () => ends.onExpired())
      })
    },
    async refresh(token, viewer) {
      const found = await runAuthenticate(host, () => transport.credentials(token), viewer.sessionId)
      if (stopped) return null
      if (found.kind === 'unavailable') {
        const message = 'The token cannot be checked now; send it again'
        refuse(client, 'token', null, { code: 'unavailable', message, retryAfterMs: RETRY_AFTER_MS })
        return null
      }
      if (found.kind === 'refused') return turnDown('The token was refused; get a new one and say hello')
      if (found.viewer.userId !== viewer.userId) return turnDown('The token belongs to another user; say hello with it')
      life.arm(found.expiresInMs)
      // The login stays the one that the connection was opened with: a sign-out of it must still find the connection.
      return { ...found.viewer, sessionId: viewer.sessionId }
    },
    stop() {
      stopped = true
      expiry?.cancel()
    },
  }
  return life
}
