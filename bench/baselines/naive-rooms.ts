import type { Server } from 'socket.io'
import { spaceOf } from '../nodes/bench-node.ts'

/**
 * Presence on one Socket.IO server as the usual tutorials build it: sockets counted per user, a room per organisation, and one
 * message to the room for each thing that happens.
 */
export function attachNaiveRooms(io: Server): { online(): number } {
  const users = new Map<string, { sockets: number; status: string }>()
  const usersOf = new Map<string, Set<string>>()

  io.use((socket, next) => {
    const { token } = socket.handshake.auth
    socket.data.userId = token
    next(typeof token === 'string' ? undefined : new Error('unauthenticated'))
  })
  io.on('connection', (socket) => {
    const { userId } = socket.data as { userId: string }
    const org = spaceOf(userId)
    const members = usersOf.get(org) ?? new Set()
    usersOf.set(org, members)
    const user = users.get(userId) ?? { sockets: 0, status: 'online' }
    user.sockets++
    void socket.join(org)
    if (user.sockets === 1) {
      users.set(userId, user)
      members.add(userId)
      socket.to(org).emit('user', { userId, status: user.status })
    }
    socket.emit(
      'users',
      Array.from(members, (member) => ({ userId: member, status: users.get(member)?.status })),
    )
    socket.on('status', (status: string) => {
      user.status = status
      io.to(org).emit('user', { userId, status })
    })
    socket.on('disconnect', () => {
      if (--user.sockets > 0) return
      users.delete(userId)
      members.delete(userId)
      io.to(org).emit('user', { userId, status: 'offline' })
    })
  })
  return { online: () => users.size }
}
