import type { Json, PresenceEvent, SpaceView } from '../machine/index.ts'
import type { ConnectionListener, HeldConnection } from './presence.ts'
import type { Outcome, UserEntry } from './user-entry.ts'

/** What becomes of an event is the engine's affair; a transport waits for no more than the save. */
function noAnswer(): void {}

/** What a handle needs of its engine. */
export interface Holder {
  /** Last input by slot, in ms of store time: the only thing that activity writes. */
  inputs: Float64Array
  now(): number
  turnNow(): number
  /** Hands an event to the user's queue. */
  submit(entry: UserEntry, event: PresenceEvent): Promise<Outcome>
  /** Throws unless every store can hold it. */
  demandSpace(view: SpaceView): void
  /** The first input after all inputs were stored. */
  notice(entry: UserEntry): void
  /** For events nobody waits for; failures become error events. */
  send(entry: UserEntry, event: PresenceEvent): void
}

/**
 * `opening`: not saved yet. `active`: input changes nothing but its stamp. `rested`: so far every input is stored.
 * `quiet`: idle or dormant, so that input changes more. `lost`, `left`: its transport or its page said so, whether that
 * is saved yet or not. `ended`: no event of it counts any more.
 */
export type HandleState = 'opening' | 'active' | 'rested' | 'quiet' | 'lost' | 'left' | 'ended'

/**
 * A connection that this node holds. A class, for there are as many as there are sockets: methods are shared and the
 * last input lies in an array of numbers, so that an active connection costs neither allocations nor look-ups.
 */
export class HeldHandle implements HeldConnection {
  // What `activity` reads comes first, so that it lies in one line of the processor's cache.
  /** The slot while the state is `active`, else −1: one look tells whether an input changes no more than a stamp. */
  #activeSlot = -1
  readonly holder: Holder
  readonly slot: number
  #state: HandleState = 'opening'
  readonly entry: UserEntry
  readonly connectionId: string
  readonly listener: ConnectionListener
  next: HeldHandle | null = null

  constructor(holder: Holder, entry: UserEntry, slot: number, connectionId: string, listener: ConnectionListener) {
    this.slot = slot
    this.holder = holder
    this.entry = entry
    this.connectionId = connectionId
    this.listener = listener
  }

  get state(): HandleState {
    return this.#state
  }

  set state(state: HandleState) {
    this.#state = state
    this.#activeSlot = state === 'active' ? this.slot : -1
  }

  get userId(): string {
    return this.entry.userId
  }

  get isActive(): boolean {
    return this.state === 'active' || this.state === 'rested' || this.state === 'opening'
  }

  /** Saved, and neither lost nor over: what the store must show of this node. */
  get isLive(): boolean {
    return this.state === 'active' || this.state === 'rested' || this.state === 'quiet'
  }

  activity(): void {
    const slot = this.#activeSlot
    if (slot < 0) this.#rouse()
    else this.holder.inputs[slot] = this.holder.turnNow()
  }

  /** Input on a connection at rest or asleep, or on one that is over. */
  #rouse(): void {
    const { state, holder } = this
    if (state === 'ended' || state === 'lost' || state === 'left') return
    const at = holder.turnNow()
    holder.inputs[this.slot] = at
    if (state === 'quiet') this.#send({ type: 'input', at, connectionId: this.connectionId })
    if (state !== 'rested') return
    this.state = 'active'
    holder.notice(this.entry)
  }

  idle(): void {
    if (this.state === 'active' || this.state === 'rested')
      this.#send({ type: 'idle', at: this.holder.now(), connectionId: this.connectionId })
  }

  async enter(space: string, state: Json): Promise<void> {
    this.holder.demandSpace({ space, state })
    await this.#submit({ type: 'enter', at: this.holder.now(), connectionId: this.connectionId, space, state })
  }

  exit(space: string): Promise<void> {
    return this.#submit({ type: 'exit', at: this.holder.now(), connectionId: this.connectionId, space })
  }

  hint(): void {
    this.#lose('hint')
  }

  lost(): void {
    this.#lose('lost')
  }

  leave(): Promise<void> {
    const { state } = this
    if (state !== 'ended' && state !== 'opening') this.state = 'left'
    return this.#submit({ type: 'leave', at: this.holder.now(), connectionId: this.connectionId })
  }

  /** The first loss decides, so a second one has nothing to say. */
  #lose(type: 'hint' | 'lost'): void {
    const isOpening = this.state === 'opening'
    if (!this.isLive && !isOpening) return
    if (!isOpening) this.state = 'lost'
    this.#send({ type, at: this.holder.now(), connectionId: this.connectionId })
  }

  #send(event: PresenceEvent): void {
    if (this.state !== 'ended') this.holder.send(this.entry, event)
  }

  #submit(event: PresenceEvent): Promise<void> {
    return this.state === 'ended' ? Promise.resolve() : this.holder.submit(this.entry, event).then(noAnswer)
  }
}
