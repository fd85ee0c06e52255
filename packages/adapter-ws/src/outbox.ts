import type { WebSocket } from 'ws'

/** What is used of a WebSocket. */
export type OutboxSocket = Pick<WebSocket, 'bufferedAmount' | 'send'>

/** What an outbox tells whoever it belongs to. */
export interface OutboxOwner {
  /** Something was dropped, and what waited is sent: now is the time for fresh snapshots. */
  onDrained(): void
  /** Even what cannot be dropped has become too much. */
  onOverflow(): void
}

/** Answers may take so many times the memory that makes broadcasts stop. */
const HARD_FACTOR = 4
/** What comes of a frame is text; and small messages gain nothing by compression. */
const FRAME = { binary: false, compress: false }

/**
 * What goes out to one socket. What the peer does not read waits in this process's memory: so much of it, and no more.
 * A class, for there is one per socket.
 */
export class Outbox {
  readonly #socket: OutboxSocket
  readonly #owner: OutboxOwner
  readonly #maxBuffered: number
  /** Bytes that may wait now: more than usual while a large snapshot is on its way. */
  #limit: number
  /** The frame that filled it is not sent yet. */
  #isFull = false
  #hasDropped = false

  constructor(socket: OutboxSocket, maxBuffered: number, owner: OutboxOwner) {
    this.#socket = socket
    this.#owner = owner
    this.#maxBuffered = maxBuffered
    this.#limit = maxBuffered
  }

  /** An answer, or whatever else cannot be dropped. */
  push(encoded: Buffer): void {
    if (this.check()) this.#write(encoded)
  }

  /** Whether there is room for answers, also those that the socket gives by itself; otherwise the owner is told. */
  check(): boolean {
    const most = this.#limit + (HARD_FACTOR - 1) * this.#maxBuffered
    if (this.#socket.bufferedAmount <= most) return true
    this.#owner.onOverflow()
    return false
  }

  /** Something that a later snapshot makes up for. */
  offer(encoded: Buffer): void {
    if (this.#isFull) this.#hasDropped = true
    else this.#write(encoded)
  }

  /**
   * A whole state, of any size. What is broadcast while a large one is on its way has room behind it; were it dropped,
   * the next snapshot would be as large and as long on its way, and there would never be anything but snapshots.
   */
  offerWhole(encoded: Buffer): void {
    const waiting = this.#socket.bufferedAmount + encoded.length
    const isLarge = waiting > this.#maxBuffered
    if (this.#isFull || !isLarge || this.#limit > this.#maxBuffered) this.offer(encoded)
    else {
      this.#limit = waiting + this.#maxBuffered
      this.#socket.send(encoded, FRAME, () => {
        this.#limit = this.#maxBuffered
      })
    }
  }

  #write(encoded: Buffer): void {
    const socket = this.#socket
    if (this.#isFull || socket.bufferedAmount + encoded.length <= this.#limit) {
      socket.send(encoded, FRAME)
      return
    }
    this.#isFull = true
    socket.send(encoded, FRAME, (error) => {
      this.#isFull = false
      if (error || !this.#hasDropped) return
      this.#hasDropped = false
      this.#owner.onDrained()
    })
  }
}
