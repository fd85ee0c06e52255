import type { HeldConnection, Presence, Viewer } from '../engine/presence.ts'
import type { ClientMessage } from '../protocol/messages.ts'
import { permits } from './permissions.ts'
import type { Replies } from './replies.ts'

type Of<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>

/** What a user says of themself: claims and the status message. */
export interface Statements {
  /** Resolves once it is decided; the `ack` follows when it is saved. */
  claim(message: Of<'claim'>, viewer: Viewer): Promise<void>
  clear(message: Of<'clear'>, viewer: Viewer): Promise<void>
  message(message: Of<'message'>): void
}

export function createStatements(presence: Presence, held: HeldConnection, replies: Replies): Statements {
  const { userId, connectionId } = held

  const mayClaim = (viewer: Viewer, source: string, status: Of<'claim'>['status'] | null) =>
    permits(presence, 'canClaim', (access) => access.canClaim(viewer, { userId, source, status }))
  const refuse = (kind: string, id: number, source: string) => {
    const message = `The claim ${source} is not for you to make or to end`
    replies.refuse(kind, id, { code: 'forbidden', message, details: { source } })
  }
  return {
    async claim({ id, status, source = 'manual', forMs, bound = false }, viewer) {
      if (!(await mayClaim(viewer, source, status))) return refuse('claim', id, source)
      const until = forMs === undefined ? {} : { for: forMs }
      const binding = bound ? { connectionId } : {}
      // No priority: that is the source's, never the client's to choose.
      replies.ackOnce('claim', id, presence.claim(userId, { source, status, ...until, ...binding }))
    },
    async clear({ id, source = 'manual' }, viewer) {
      if (!(await mayClaim(viewer, source, null))) return refuse('clear', id, source)
      replies.ackOnce('clear', id, presence.clear(userId, source))
    },
    message({ id, message }) {
      const { text = '', emoji, forMs } = message ?? {}
      const icon = emoji === undefined ? {} : { emoji }
      const until = forMs === undefined ? {} : { for: forMs }
      replies.ackOnce('message', id, presence.setMessage(userId, message && { text, ...icon, ...until }))
    },
  }
}
