import { type Json, type PresenceEvent, type SelfView, viewOf } from '../machine/index.ts'
import type { ConnectionListener, HeldConnection } from './presence.ts'
import type { Outcome, UserEntry } from './user-entry.ts'

/** What a handle needs of its engine. */
export interface Holder {
  /** Last input by slot, in ms of store time: the only thing that activity writes. */
  inputs: Float64Array
  now(): number
  turnNow(): number
  /** Hands an event to the user's queue. */
  submit(entry: UserEntry, event: PresenceEvent): Promise<Outcome>
  /** For events nobody waits for; failures become error events. */
  send(entry: UserEntry, event: PresenceEvent): void
}

/**
 * A connection that this node holds. A class, for there are as many as there are sockets: methods are shared and the
 * last input lies in an array of numbers, so that an active connection costs neither allocations nor look-ups.
 */
export class HeldHandle implements HeldConnection {
  readonly connectionId: string
  readonly listener: ConnectionListener
  readonly entry: UserEntry
  readonly slot: number
  resumeToken: string | null
  resumed = false
  /** The stored phase is `active`, so that input changes nothing but its stamp. */
  active = true
  /** Its open was saved. */
  opened = false
  /** No event of this connection counts any more. */
  ended = false
  readonly #holder: Holder

  constructor(holder: Holder, entry: UserEntry, slot: number, connectionId: string, listener: ConnectionListener, resumeToken: string | null) {
    this.#holder = holder
    this.entry = entry
    this.slot = slot
    this.connectionId = connectionId
    this.listener = listener
    this.resumeToken = resumeToken
  }

  get userId(): string {
    return this.entry.userId
  }

  get self(): SelfView {
    return viewOf(this.entry.stored ?? null, this.entry.userId, 'self')
  }

  activity(): void {
    if (this.ended) return
    const at = this.#holder.turnNow()
    this.#holder.inputs[this.slot] = at
    if (!this.active) this.#send({ type: 'input', at, connectionId: this.connectionId })
  }

  idle(): void {
    if (this.active) this.#send({ type: 'idle', at: this.#holder.now(), connectionId: this.connectionId })
  }

  async enter(space: string, state: Json): Promise<void> {
    await this.#submit({ type: 'enter', at: this.#holder.now(), connectionId: this.connectionId, space, state })
  }

  async exit(space: string): Promise<void> {
    await this.#submit({ type: 'exit', at: this.#holder.now(), connectionId: this.connectionId, space })
  }

  hint(): void {
    this.#send({ type: 'hint', at: this.#holder.now(), connectionId: this.connectionId })
  }

  lost(): void {
    this.#send({ type: 'lost', at: this.#holder.now(), connectionId: this.connectionId })
  }

  async leave(): Promise<void> {
    await this.#submit({ type: 'leave', at: this.#holder.now(), connectionId: this.connectionId })
  }

  #send(event: PresenceEvent): void {
    if (!this.ended) this.#holder.send(this.entry, event)
  }

  async #submit(event: PresenceEvent): Promise<void> {
    if (!this.ended) await this.#holder.submit(this.entry, event)
  }
}
