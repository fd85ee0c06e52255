import { randomUUID } from 'node:crypto'
import { socketio } from '@rollcall/adapter-socketio/client'
import { createPresenceClient, type Membership, type PresenceClient } from '@rollcall/client'
import { io, type Socket } from 'socket.io-client'
import { type ChannelSpace, channelSpace, ORGANISATION, type Person } from '../../shared/directory.ts'
import type { ClientEvents, ServerEvents } from '../../shared/events.ts'
import type { Tokens } from '../tokens.ts'

/** One device of a simulated colleague: a real connection through the real stack, only without a browser around it. */
export interface Device {
  readonly client: PresenceClient
  readonly socket: Socket<ServerEvents, ClientEvents>
  /** Where this device stands in each channel. */
  readonly stays: ReadonlyMap<string, Membership<ChannelSpace>>
  /** The user closes the application: others see it at once. */
  leave(): void
  /** The machine dies: nobody says a word. */
  crash(): void
}

export interface Desk {
  readonly person: Person
  readonly url: string
  readonly tokens: Tokens
}

/** How long the server may take to hear a goodbye. */
const GOODBYE_MS = 1_000

/** Signs in from a new device, which leaves when `signal` says so. Resolves once connected, or once refused. */
export async function openDevice({ person, url, tokens }: Desk, name: string, signal: AbortSignal): Promise<Device> {
  const sessionId = randomUUID()
  const token = async () => (await tokens.sign(person, sessionId)).token
  const socket: Socket<ServerEvents, ClientEvents> = io(url, {
    auth: (send) => void token().then((signed) => send({ token: signed })),
    transports: ['websocket'],
    forceNew: true,
  })
  const client = createPresenceClient({
    transport: socketio(socket),
    token,
    device: name,
    spaces: [ORGANISATION.space],
  })
  const stays = new Map(person.channels.map((id) => [id, client.enter(channelSpace(id), null)]))
  const leave = () => {
    signal.removeEventListener('abort', leave)
    client.dispose()
    // Socket.IO drops what came just before its own goodbye; once this is answered, the leave has arrived.
    socket.timeout(GOODBYE_MS).emit('echo', () => socket.disconnect())
  }
  signal.addEventListener('abort', leave)
  await client.connect()
  return {
    client,
    socket,
    stays,
    leave,
    crash() {
      signal.removeEventListener('abort', leave)
      socket.once('disconnect', client.dispose)
      socket.io.reconnection(false)
      socket.io.engine.close()
    },
  }
}
