import type { Presence } from '@rollcall/core'
import type { Namespace, Server } from 'socket.io'
import { attachSocketIO } from '../src/index.ts'

interface ClientEvents {
  say: (text: string) => void
}
interface ServerEvents {
  said: (text: string) => void
}
interface SocketData {
  user: { readonly id: string }
}

declare const presence: Presence
declare const plain: Server
declare const typed: Server<ClientEvents, ServerEvents, Record<never, never>, SocketData>
declare const namespace: Namespace<ClientEvents, ServerEvents, Record<never, never>, SocketData>

export const attached = [
  attachSocketIO(plain, presence, { authenticate: ({ token }) => ({ userId: token ?? 'nobody' }) }),
  attachSocketIO(typed, presence, { authenticate: async ({ socket }) => ({ userId: socket.data.user.id }) }),
  attachSocketIO(namespace, presence, {
    authenticate: ({ handshake }) => (handshake.secure ? { userId: 'ada' } : null),
  }),
]

// @ts-expect-error no default lets anybody in
attachSocketIO(plain, presence, {})
// @ts-expect-error a user id is a string
attachSocketIO(plain, presence, { authenticate: () => ({ userId: 7 }) })
