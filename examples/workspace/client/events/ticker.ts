import type { PresenceClient, PresenceStatus } from '@rollcall/client'
import type { Cell } from '../cell.ts'

/** A change that one could see. */
export interface TickerEntry {
  readonly id: number
  readonly userId: string
  readonly from: PresenceStatus
  readonly to: PresenceStatus
  /** The new message, when it is the message that changed. */
  readonly said: string | null
  /** Server time, ms. */
  readonly at: number
}

const KEPT = 60

/** Writes down what changes before one's eyes. Returns the function that stops it. */
export function keepTicker(client: PresenceClient, entries: Cell<readonly TickerEntry[]>): () => void {
  let id = 0
  return client.on('change', (now, before) => {
    if (!before.known) return
    const said = now.message?.text !== before.message?.text ? (now.message?.text ?? null) : null
    if (now.status === before.status && said === null) return
    const entry = { id: ++id, userId: now.userId, from: before.status, to: now.status, said, at: client.now() }
    entries.set([entry, ...entries.get()].slice(0, KEPT))
  })
}
