import type { FanOut } from '@rollcall/core'

/** Whoever can be in a room. */
export interface Member {
  /** Sends a message that was encoded for the whole room, or drops it. */
  sendBroadcast(encoded: Buffer): void
}

/** Who gets what is broadcast to which room. A room is there as long as somebody is in it. */
export interface Rooms extends FanOut {
  join(room: string, member: Member): void
  leave(room: string, member: Member): void
}

export function createRooms(): Rooms {
  const rooms = new Map<string, Set<Member>>()
  return {
    join(room, member) {
      const members = rooms.get(room)
      if (members === undefined) rooms.set(room, new Set([member]))
      else members.add(member)
    },
    leave(room, member) {
      const members = rooms.get(room)
      members?.delete(member)
      if (members?.size === 0) rooms.delete(room)
    },
    broadcast(room, message) {
      const members = rooms.get(room)
      if (members === undefined) return
      const encoded = Buffer.from(JSON.stringify(message))
      for (const member of members) member.sendBroadcast(encoded)
    },
  }
}
