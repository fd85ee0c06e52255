import type { Deadline } from '../deadline.ts'

/** What a connection of ours is for; part of its name in `CLIENT LIST`. */
export type Role = 'calls' | 'renewals' | 'feed'

/** `given` is the name that the application gave its own client. */
export function connectionName(given: unknown, role: Role): string {
  return `${typeof given === 'string' && given !== '' ? `${given}-` : ''}rollcall-${role}`
}

/** What the store needs of a Redis client; one implementation for each driver. */
export interface RedisDriver {
  readonly isCluster: boolean
  /** Opens a connection of our own, made as the given client was made, without offline queue and resending. */
  connect(role: Role): RedisConnection
  /** Opens a connection of our own for sharded subscriptions. */
  listen(listener: ChannelListener): RedisListener
}

export interface RedisConnection {
  /** Resolves once commands can be sent; rejects at the deadline, and when that will not be without a change of settings. */
  ready(deadline: Deadline): Promise<void>
  /** Whether commands are sent at once now. */
  isReady(): boolean
  /** What kept it from being ready last. */
  lastError(): unknown
  /** Sends one command to where `key` lies. Sent at once or not at all, and never again by itself. */
  send(key: string, command: readonly string[]): Promise<unknown>
  /** What `INFO` says on each master. */
  describe(): Promise<readonly string[]>
  close(): void
}

export interface ChannelListener {
  onMessage(channel: string, text: string): void
  /** The connection was away: messages may have been missed, and every channel is to be subscribed again. */
  onReturn(): void
}

export interface RedisListener {
  ready(deadline: Deadline): Promise<void>
  isReady(): boolean
  lastError(): unknown
  /** Resolves once the server has confirmed all of these channels, which lie in one slot. Again does no harm. */
  subscribe(channels: readonly string[]): Promise<void>
  unsubscribe(channels: readonly string[]): Promise<void>
  close(): void
}

/** Opening a connection takes at most this long; in ms. */
export const CONNECT_TIMEOUT_MS = 5_000

/** How long to wait before the next attempt to connect, in ms. */
export function reconnectDelayMs(attempt: number): number {
  return Math.min(50 * 2 ** Math.min(attempt, 10), 1_000)
}
