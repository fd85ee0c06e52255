import { randomUUID } from 'node:crypto'
import { jwtVerify, SignJWT } from 'jose'
import { PEOPLE, type Person } from '../shared/directory.ts'
import type { Relay } from './relay.ts'

/** Who a token speaks for. */
export interface Login {
  readonly person: Person
  readonly sessionId: string
  /** How much longer the token holds. */
  readonly expiresInMs: number
}

export interface Tokens {
  /** Signs a token; with `sessionId` for a login that stands. */
  sign(person: Person, sessionId?: string): Promise<{ readonly token: string; readonly expiresInMs: number }>
  /** `null` for a token that is forged, expired, signed out or speaks for nobody here. */
  verify(token: string | null | undefined): Promise<Login | null>
  /** Takes a login back: its tokens are worth nothing from now on. */
  revoke(sessionId: string): void
}

const ISSUER = 'rollcall-demo'

export function createTokens(secret: Uint8Array, lifeMs: number, relay: Relay): Tokens {
  const people = new Map(PEOPLE.map((person) => [person.id, person]))
  const revoked = new Set<string>()
  relay.on('revoked', (sessionId) => void revoked.add(sessionId))
  return {
    async sign(person, sessionId = randomUUID()) {
      const token = await new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: 'HS256' })
        .setIssuer(ISSUER)
        .setSubject(person.id)
        .setIssuedAt()
        .setExpirationTime(new Date(Date.now() + lifeMs))
        .sign(secret)
      return { token, expiresInMs: lifeMs }
    },
    async verify(token) {
      if (!token) return null
      // A token that jose refuses is no fault of the server: it is the answer "nobody".
      const verified = await jwtVerify(token, secret, { issuer: ISSUER, algorithms: ['HS256'] }).catch(() => null)
      const person = people.get(verified?.payload.sub ?? '')
      const sessionId = verified?.payload.sid
      const expiresInMs = (verified?.payload.exp ?? 0) * 1000 - Date.now()
      if (person === undefined || typeof sessionId !== 'string' || revoked.has(sessionId)) return null
      return { person, sessionId, expiresInMs }
    },
    revoke: (sessionId) => relay.publish('revoked', sessionId),
  }
}
