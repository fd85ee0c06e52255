import type { ClientMessage, ServerMessage } from '@rollcall/core/protocol'

/** Said where all tabs of one user hear it. */
export type RoomMessage =
  /** I am the one with the connection: knock. */
  | { readonly type: 'leads'; readonly from: string }
  | { readonly type: 'knock'; readonly from: string; readonly bound: readonly string[] }
  | { readonly type: 'say'; readonly from: string; readonly to: string; readonly message: ClientMessage }
  /** I go, in order: whatever I said came before. */
  | { readonly type: 'gone'; readonly from: string }

/** Said by the tab that leads to one other; without anything: come in. */
export interface BoxMessage {
  readonly from: string
  readonly message?: ServerMessage
  /** The connection of all is gone, and why. */
  readonly closed?: string
}

/** A `BroadcastChannel`, as far as it is used. */
export interface TabChannel {
  onmessage: ((event: MessageEvent) => void) | null
  postMessage(message: RoomMessage | BoxMessage): void
  close(): void
}

/** What tabs need of the browser to find each other. */
export interface TabPlatform {
  readonly locks: Pick<LockManager, 'request'>
  /** Throws where channels are forbidden. */
  channel(name: string): TabChannel
}

/** `null` where there is no such thing: an old browser, an insecure page, an opaque origin. */
export function tabPlatform(): TabPlatform | null {
  const { navigator, BroadcastChannel } = globalThis
  const locks = navigator?.locks
  return locks && BroadcastChannel ? { locks, channel: (name) => new BroadcastChannel(name) } : null
}
