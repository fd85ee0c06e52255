import { randomUUID } from 'node:crypto'
import type { Server } from 'socket.io'
import { CHANNELS, type Person } from '../shared/directory.ts'
import type { ChatMessage, ClientEvents, ServerEvents } from '../shared/events.ts'
import type { Relay } from './relay.ts'

export interface SocketData {
  /** Set once the handshake's token was verified; the application's own events need it. */
  person?: Person
}

export type AppServer = Server<ClientEvents, ServerEvents, Record<string, never>, SocketData>

/** The room that an application's events for one member, or for the members of a channel, go to. */
export const memberRoom = (userId: string) => `member:${userId}`
const channelRoom = (channelId: string) => `chat:${channelId}`

const KEPT = 80
const LONGEST = 500

/** An ephemeral chat on the socket that presence borrows: the application's own events, untouched by it. */
export function attachChat(io: AppServer, relay: Relay): void {
  const messages = new Map<string, ChatMessage[]>(CHANNELS.map(({ id }) => [id, []]))
  io.on('connection', (socket) => {
    const { person } = socket.data
    if (person === undefined) return
    const isMember = (channelId: string) => person.channels.includes(channelId)
    for (const channelId of person.channels) socket.join(channelRoom(channelId))
    socket.on('chat:open', (channelId, answer) => {
      if (typeof answer === 'function') answer(isMember(channelId) ? (messages.get(channelId) ?? []) : [])
    })
    socket.on('chat:send', (channelId, text) => {
      if (!isMember(channelId) || typeof text !== 'string' || text.trim() === '' || text.length > LONGEST) return
      relay.publish('chat', { id: randomUUID(), channelId, userId: person.id, text: text.trim(), at: Date.now() })
    })
  })
  relay.on('chat', (message) => {
    const { channelId } = message
    messages.set(channelId, [...(messages.get(channelId) ?? []), message].slice(-KEPT))
    io.to(channelRoom(channelId)).emit('chat:message', message)
  })
}
