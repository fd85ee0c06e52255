import { leaseFor, type Policy } from '@rollcall/core'
import type { ServerMessage } from '@rollcall/core/protocol'
import type { Process } from '../process.ts'
import type { Witness } from '../witness.ts'
import type { Exchange, RequestObserver } from './exchange.ts'

/** A beat, or an opening, that a server answered as done. */
export interface Beat {
  /** Store time when it came in. */
  readonly at: number
  readonly leaseMs: number
  readonly server: Process
}

/** What servers heard of one connection that a page opened over HTTP. */
export interface Sighting {
  readonly connectionId: string
  readonly userId: string
  readonly sessionId: string
  readonly page: string
  readonly leaveToken: string | null
  /** Store time until which it lives at most, by what came in. */
  livesUntil: number
  /** The latest one that was answered: acknowledged. */
  beat: Beat
  /** World time when a server first heard that the page goes, by itself or by its token; and was done with that. */
  hintedAt: number | null
  hintDoneAt: number | null
  /** World time when a server first heard that the page leaves on purpose. */
  leftAt: number | null
  /** Times its leave token was taken. */
  redeemed: number
}

/** Keeps what servers were told by pages over HTTP, and what they acknowledged. */
export interface Sightings extends RequestObserver {
  readonly connections: ReadonlyMap<string, Sighting>
  /** A request of the session, which is a sign of life of its page. */
  touched(userId: string, sessionId: string): void
}

interface Said {
  readonly connectionId?: string
  readonly messages?: readonly { readonly type?: string; readonly nextInMs?: number }[]
}

/** Beats are declared by clients that were told of this by default. */
const BEAT_MS = 15_000

export function createSightings(
  now: () => number,
  storeNow: () => number,
  witness: Witness,
  policy: (server: Process) => Policy,
): Sightings {
  const connections = new Map<string, Sighting>()
  const arrived = new WeakMap<Exchange, number>()

  const live = (sighting: Sighting, leaseMs: number) => {
    sighting.livesUntil = Math.max(sighting.livesUntil, storeNow() + leaseMs)
  }
  const hearMessages = ({ server, body }: Exchange) => {
    const { connectionId = '', messages = [] } = JSON.parse(body) as Said
    const sighting = connections.get(connectionId)
    if (sighting === undefined) return
    const says = (type: string) => messages.some((message) => message.type === type)
    if (says('active') && !says('hint') && !says('leave')) witness.input(sighting.userId)
    if (says('hint')) sighting.hintedAt ??= now()
    if (says('leave')) sighting.leftAt ??= now()
    if (!says('hint') && !says('leave')) live(sighting, leaseOf(messages, policy(server.process)))
  }
  const answeredMessages = (exchange: Exchange, said: readonly ServerMessage[]) => {
    const { connectionId = '', messages = [] } = JSON.parse(exchange.body) as Said
    const sighting = connections.get(connectionId)
    if (sighting === undefined) return
    if (said.some(({ type }) => type === 'bye' || type === 'error')) return
    if (messages.some(({ type }) => type === 'hint')) sighting.hintDoneAt ??= now()
    if (messages.some(({ type }) => type === 'hint' || type === 'leave')) return
    const at = arrived.get(exchange) ?? storeNow()
    const { process } = exchange.server
    // Two may be answered in another order than they came in.
    if (at > sighting.beat.at) sighting.beat = { at, leaseMs: leaseOf(messages, policy(process)), server: process }
  }
  const opened = (exchange: Exchange, said: readonly ServerMessage[]) => {
    const welcome = said.find((message) => message.type === 'welcome')
    if (welcome === undefined) return
    const { connectionId, userId, sessionId } = welcome
    const at = arrived.get(exchange) ?? storeNow()
    const { process } = exchange.server
    const leaseMs = leaseFor(BEAT_MS, policy(process))
    connections.set(connectionId, {
      connectionId,
      userId,
      sessionId,
      page: exchange.page.name,
      leaveToken: welcome.leave,
      livesUntil: storeNow() + leaseMs,
      beat: { at, leaseMs, server: process },
      hintedAt: null,
      hintDoneAt: null,
      leftAt: null,
      redeemed: 0,
    })
  }
  return {
    connections,
    arrived(exchange) {
      arrived.set(exchange, storeNow())
      const { route, body, headers } = exchange
      if (route === 'connect') witness.input(userOf(headers))
      if (route === 'messages') hearMessages(exchange)
      if (route === 'hint') {
        const sighting = connections.get(idInToken(body))
        if (sighting !== undefined && sighting.leaveToken === body) sighting.hintedAt ??= now()
      }
    },
    answered(exchange, status, body) {
      const { route } = exchange
      if (route === 'hint' && status === 204) {
        const sighting = connections.get(idInToken(exchange.body))
        if (sighting === undefined) return
        sighting.redeemed++
        sighting.hintDoneAt ??= now()
      }
      if (status !== 200 || body === null || (route !== 'connect' && route !== 'messages')) return
      const { messages } = JSON.parse(body) as { readonly messages: readonly ServerMessage[] }
      if (route === 'connect') opened(exchange, messages)
      else answeredMessages(exchange, messages)
    },
    touched(userId, sessionId) {
      for (const sighting of connections.values()) {
        if (sighting.userId === userId && sighting.sessionId === sessionId)
          live(sighting, Math.max(sighting.beat.leaseMs, policy(sighting.beat.server).leaseMs))
      }
    },
  }
}

function leaseOf(messages: NonNullable<Said['messages']>, policy: Policy): number {
  const beat = messages.findLast(({ type }) => type === 'beat')
  return leaseFor(beat?.nextInMs ?? BEAT_MS, policy)
}

/** The connection that a leave token names, as it is written now. */
function idInToken(token: string): string {
  return decodeURIComponent(token.split(',')[1] ?? '')
}

function userOf(headers: Exchange['headers']): string {
  return /^Bearer ([^/]+)/.exec(headers.authorization ?? '')?.[1] ?? ''
}
