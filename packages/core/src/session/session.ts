import type { EndReason } from '../engine/presence.ts'
import type { ByeReason, ClientMessage } from '../protocol/messages.ts'
import type { Attached, AttachedTo } from './attached.ts'
import type { Deadline } from './deadlines.ts'
import { answerHello, complain, type Hello, type HelloOutcome } from './hello.ts'
import type { HostParts } from './host-parts.ts'
import { Inbox, idOf, isSilent, type Recipient } from './inbox.ts'
import { createPings, type Pings } from './pings.ts'
import { count, fail, RETRY_AFTER_MS, refuse, send } from './replies.ts'
import type { SessionTransport } from './transport.ts'
import { countPresent, welcomeOf } from './welcome.ts'

/** One client's transport, from its first message to its end. No call throws. */
export interface Session {
  /** One message as it came; nothing is assumed of its shape. */
  receive(raw: unknown): void
  /**
   * Of what was broadcast to this client some was dropped, for it reads too slowly: every topic it watches begins anew
   * with a snapshot. Until that is sent, nothing of the topic comes.
   */
  refresh(): void
  /** The transport is gone: the connection is lost, with a grace. The session does nothing from then on. */
  lost(): void
}

/** How long the page of a connection has to answer when another one presents its resume token. */
const PROBE_MS = 2000

/** A class, for there is one per socket: what it seldom needs is made when it needs it. */
export class ClientSession<C> implements Session, AttachedTo<C>, Recipient {
  readonly host: HostParts<C>
  readonly transport: SessionTransport<C>
  readonly #inbox: Inbox
  #current: Attached<C> | null = null
  #gone = false
  /** The page of the current connection is saying hello again: it is not two pages. */
  #greeting = false
  /** Rises when a hello under way is to come to nothing. */
  #round = 0
  #pings: Pings | null = null
  #helloDeadline: Deadline | null = null
  #leaveToken: string | null = null

  constructor(host: HostParts<C>, transport: SessionTransport<C>) {
    this.host = host
    this.transport = transport
    this.#inbox = new Inbox(this)
    this.#awaitHello()
  }

  /** The client was welcomed. */
  get isOpen(): boolean {
    return this.#current !== null
  }

  get userId(): string | null {
    return this.#current?.held.userId ?? null
  }

  receive(raw: unknown): void {
    if (!this.#gone) this.#inbox.receive(raw)
  }

  refresh(): void {
    this.#current?.refreshWatches()
  }

  lost(): void {
    if (this.#gone) return
    this.#gone = true
    this.#inbox.close()
    this.#helloDeadline?.cancel()
    this.#release('lost')
    this.host.sessions.delete(this)
  }

  /** The adapter goes: `bye draining`, then as {@link lost}. */
  drain(): void {
    this.#bye('draining', RETRY_AFTER_MS)
    this.lost()
  }

  act(message: ClientMessage): void | Promise<void> {
    if (this.#gone) return
    if (message.type === 'hello') return this.#greet(message)
    if (message.type === 'pong') return this.#pings?.answer(message.n)
    if (this.#current !== null) return this.#current.handle(message)
    if (isSilent(message)) return
    const text = 'There is no connection; say hello first'
    refuse(this, message.type, idOf(message), { code: 'no-connection', message: text })
  }

  onOverloaded(forMs: number): void {
    this.#round++
    this.#release('lost')
    this.#bye('overloaded', forMs)
  }

  async probe(asked: Attached<C>): Promise<boolean> {
    return !this.#gone && !this.#greeting && this.#current === asked && this.#askPings().probe(PROBE_MS)
  }

  onEnded(ended: Attached<C>, reason: EndReason): void {
    // While it says hello again, its page is about to have another connection.
    if (ended !== this.#current || this.#greeting) return
    this.#release('ended')
    // The page has a new connection elsewhere; there is nobody here to tell.
    if (reason === 'replaced') this.transport.close('replaced')
    else if (reason === 'lapsed') this.#bye('cut-off', 0)
    else if (reason === 'draining' || reason === 'cut-off') this.#bye(reason, RETRY_AFTER_MS)
    else this.#bye(reason)
  }

  onLeft(saved: Promise<void>): void {
    this.#release('ended')
    saved.catch((error: unknown) => fail(this, 'leave', null, error)).then(() => this.#bye('sign-out'))
  }

  onUnauthenticated(): void {
    this.#release('lost')
    this.transport.close('unauthenticated')
  }

  onExpired(): void {
    this.#release('lost')
    this.#bye('cut-off', 0, 'The token ran out and no fresh one came; say hello with a new one')
  }

  async #greet(message: Hello): Promise<void> {
    const round = this.#round
    const isOver = () => this.#gone || this.#round !== round
    this.#helloDeadline?.cancel()
    const outcome = await this.#answer(message)
    if (outcome.kind !== 'opened') return isOver() ? undefined : this.#turnAway(outcome.kind)
    const { attached, opened, entrance } = outcome
    if (isOver()) return opened.connection.lost()
    const old = this.#current
    this.#release('ended')
    // Unless it was resumed, the connection that this page had before is one too many.
    old?.held.leave().catch((error: unknown) => fail(this, 'hello', null, error))
    const names = entrance.spaces.map(({ space }) => space)
    await attached.open(opened, sameNames(names, attached.viewer.spaces), entrance.spaces, outcome.expiresInMs)
    const counts = await countPresent(this.host, names)
    if (isOver()) {
      attached.detach()
      return attached.held.lost()
    }
    this.#current = attached
    if (attached.ended !== null) return this.onEnded(attached, attached.ended)
    this.#leaveToken = this.host.leaveTokens.issue(() => attached.hint())
    const { resumed, resumeToken } = opened
    const { viewer, self } = attached
    const { connectionId } = attached.held
    const leaveToken = this.#leaveToken
    send(this, welcomeOf(this.host, { connectionId, viewer, self, counts, resumed, resumeToken, leaveToken }))
    attached.welcomed()
    const { freshness } = this.host.presence
    if (freshness.stale || freshness.warming) send(this, { type: 'freshness', ...freshness })
    complain(this, entrance)
    if (this.host.options.ping !== null) this.#askPings().start()
  }

  async #answer(message: Hello): Promise<HelloOutcome<C>> {
    this.#greeting = true
    try {
      return await answerHello(this, message)
    } finally {
      this.#greeting = false
    }
  }

  #turnAway(kind: Exclude<HelloOutcome<C>['kind'], 'opened'>): void {
    const current = this.#current
    if (kind !== 'unavailable') {
      this.#release('lost')
      this.transport.close(kind === 'bye' ? 'bye' : 'unauthenticated')
    } else if (current === null) this.#awaitHello()
    else if (current.ended !== null) this.onEnded(current, current.ended)
  }

  /** Lets go of the current connection, which is lost, or already ended. */
  #release(how: 'lost' | 'ended'): void {
    const old = this.#current
    this.#current = null
    this.#pings?.stop()
    this.#leaveToken = this.host.leaveTokens.withdraw(this.#leaveToken)
    old?.detach()
    if (how === 'lost') old?.held.lost()
  }

  #bye(reason: ByeReason, retryAfterMs?: number, message?: string): void {
    const retry = retryAfterMs === undefined ? {} : { retryAfterMs }
    send(this, { type: 'bye', reason, ...retry, ...(message === undefined ? {} : { message }) })
    this.transport.close('bye')
  }

  #awaitHello(): void {
    const { helloWithinMs } = this.host.options
    if (helloWithinMs === null || this.#gone) return
    this.#helloDeadline?.cancel()
    this.#helloDeadline = this.host.deadlines.set(helloWithinMs, () => {
      count(this, 'hello', 'no-hello')
      this.transport.close('no-hello')
    })
  }

  #askPings(): Pings {
    this.#pings ??= createPings(
      this.host.deadlines,
      this.host.options.ping,
      (message) => send(this, message),
      () => {
        count(this, 'ping', 'unanswered')
        this.#release('lost')
        this.transport.close('silent')
      },
    )
    return this.#pings
  }
}

/** The granted list itself if it holds the same names: then nothing of it is kept twice. */
function sameNames(names: readonly string[], granted: readonly string[]): readonly string[] {
  return names.length === granted.length && names.every((name, i) => name === granted[i]) ? granted : names
}
