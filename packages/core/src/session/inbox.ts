import { type ClientMessageResult, parseClientMessage } from '../protocol/client-guard.ts'
import type { ClientMessage } from '../protocol/messages.ts'
import type { Deadline } from './deadlines.ts'
import type { HostParts } from './host-parts.ts'
import { type Buckets, createBuckets, type RateLimits } from './rate-limits.ts'
import { type Client, count, fail, RETRY_AFTER_MS, refuse } from './replies.ts'

/** Whose messages they are. */
export interface Recipient extends Client {
  readonly host: HostParts<never>
  /** Acts on a message. A promise: what follows must wait for it. */
  act(message: ClientMessage): void | Promise<void>
  /** So much was refused that nothing is listened to for `forMs`. */
  onOverloaded(forMs: number): void
}

/** Messages that may wait while an earlier one is decided. */
const MAX_WAITING = 200
/** Most connections never send more: only from then on they are measured. */
const UNMEASURED = 16
/** How long a client that sent far too much is not listened to. */
const OVERLOADED_MS = 30_000
/** These are sent without waiting for an answer: too many of them are dropped without a word. */
const SILENT: readonly ClientMessage['type'][] = ['active', 'idle', 'beat', 'pong', 'unwatch', 'hint', 'leave']

/** Whether nobody waits for an answer to such a message. */
export function isSilent({ type }: ClientMessage): boolean {
  return SILENT.includes(type)
}

/** The number that an answer to this message must bear. */
export function idOf(message: ClientMessage): number | null {
  return 'id' in message ? message.id : null
}

/**
 * What comes from one client: checked, measured, and acted on in the order it came, as long as each message is being
 * decided. A class, for there is one per socket.
 */
export class Inbox {
  readonly #recipient: Recipient
  #underway = false
  #waiting: ClientMessage[] | null = null
  #received = 0
  #buckets: Buckets | null = null
  #mute: Deadline | null = null

  constructor(recipient: Recipient) {
    this.#recipient = recipient
  }

  receive(raw: unknown): void {
    if (this.#mute !== null) {
      count(this.#recipient, 'unknown', 'rate-limited')
      return
    }
    const parsed = parseClientMessage(raw, this.#recipient.host.presence.limits)
    if (!parsed.ok) {
      this.#refuseBad(parsed)
      return
    }
    const { message } = parsed
    const waitMs = this.#measure(message.type)
    if (waitMs > 0) this.#refuseTooMany(message, waitMs)
    // An answer to a ping says that the page lives, whatever else is being decided.
    else if (!this.#underway || message.type === 'pong') this.#act(message)
    else {
      this.#waiting ??= []
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push(message)
      else this.#refuseTooMany(message, RETRY_AFTER_MS)
    }
  }

  /** Forgets what waits; what is under way goes on. */
  close(): void {
    this.#waiting = null
    this.#mute?.cancel()
  }

  #act(message: ClientMessage): void {
    const decided = this.#recipient.act(message)
    if (decided === undefined) return
    this.#underway = true
    decided
      .catch((error: unknown) => fail(this.#recipient, message.type, null, error))
      .then(() => {
        this.#underway = false
        for (let next = this.#waiting?.shift(); next !== undefined; next = this.#waiting?.shift()) {
          this.#act(next)
          if (this.#underway) return
        }
        this.#waiting = null
      })
  }

  /** Takes one from a bucket: 0, or the ms until there is one. */
  #measure(kind: keyof RateLimits): number {
    if (this.#received < UNMEASURED) {
      this.#received++
      return 0
    }
    const { options, presence } = this.#recipient.host
    this.#buckets ??= createBuckets(options.rateLimits, presence.clock)
    return this.#buckets.take(kind)
  }

  #refuseBad({ code, message, details, kind, id }: Exclude<ClientMessageResult, { ok: true }>): void {
    if (this.#losesPatience() || this.#measure('bad') > 0) count(this.#recipient, kind ?? 'unknown', code)
    else refuse(this.#recipient, kind ?? 'unknown', id, { code, message, details })
  }

  #refuseTooMany(message: ClientMessage, retryAfterMs: number): void {
    if (isSilent(message) || this.#losesPatience()) {
      count(this.#recipient, message.type, 'rate-limited')
      return
    }
    const text = `Too many messages of type ${message.type}; send the next one in ${retryAfterMs} ms`
    refuse(this.#recipient, message.type, idOf(message), { code: 'rate-limited', message: text, retryAfterMs })
  }

  #losesPatience(): boolean {
    if (this.#measure('patience') === 0) return false
    this.#waiting = null
    this.#mute = this.#recipient.host.deadlines.set(OVERLOADED_MS, () => {
      this.#mute = null
    })
    this.#recipient.onOverloaded(OVERLOADED_MS)
    return true
  }
}
