import { EventEmitter } from 'node:events'
import type { ChatMessage, Colleague, HistoryEntry } from '../shared/events.ts'

/** What the processes of this application tell each other. */
export interface Relayed {
  chat: ChatMessage
  history: HistoryEntry
  /** A session whose tokens are worth nothing any more. */
  revoked: string
  colleagues: readonly Colleague[]
}

export interface Relay {
  /** Every process hears it, this one at once. */
  publish<T extends keyof Relayed>(topic: T, data: Relayed[T]): void
  on<T extends keyof Relayed>(topic: T, listener: (data: Relayed[T]) => void): void
}

/** A message between processes. */
export interface RelayMessage {
  readonly topic: keyof Relayed
  readonly data: Relayed[keyof Relayed]
}

/**
 * The application's own events, on every node. Presence needs none of this, its nodes meet in the store; a real
 * application takes what it has for that: Redis, a broker, one of Socket.IO's adapters. Here the front passes them on.
 */
export function createRelay(): Relay {
  const heard = new EventEmitter()
  // A node that starts is told what was said before, while it is still opening its store.
  const unheard: RelayMessage[] = []
  process.on('message', (message: RelayMessage) => {
    if (!heard.emit(message.topic, message.data)) unheard.push(message)
  })
  return {
    publish(topic, data) {
      heard.emit(topic, data)
      process.send?.({ topic, data } satisfies RelayMessage)
    },
    on(topic, listener) {
      heard.on(topic, listener)
      const waiting = unheard.splice(0)
      for (const message of waiting) if (!heard.emit(message.topic, message.data)) unheard.push(message)
    },
  }
}
