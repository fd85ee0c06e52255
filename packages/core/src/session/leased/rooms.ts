import type { FanOut } from '../../engine/presence.ts'
import type { ServerMessage } from '../../protocol/messages.ts'

/** Whoever is in a room. */
export interface Occupant {
  hear(message: ServerMessage): void
  look(): void
}

/** Who hears what is broadcast, by room; and who only wants to know that something was. */
export interface Rooms extends FanOut {
  join(room: string, occupant: Occupant): void
  leave(room: string, occupant: Occupant): void
  follow(room: string, occupant: Occupant): void
  unfollow(room: string, occupant: Occupant): void
}

export function createRooms(): Rooms {
  const heard = new Map<string, Set<Occupant>>()
  const followed = new Map<string, Set<Occupant>>()
  const add = (rooms: Map<string, Set<Occupant>>, room: string, occupant: Occupant) => {
    const others = rooms.get(room)
    if (others === undefined) rooms.set(room, new Set([occupant]))
    else others.add(occupant)
  }
  const remove = (rooms: Map<string, Set<Occupant>>, room: string, occupant: Occupant) => {
    const others = rooms.get(room)
    others?.delete(occupant)
    if (others?.size === 0) rooms.delete(room)
  }
  return {
    broadcast(room, message) {
      for (const occupant of heard.get(room) ?? []) occupant.hear(message)
      for (const occupant of followed.get(room) ?? []) occupant.look()
    },
    join: (room, occupant) => add(heard, room, occupant),
    leave: (room, occupant) => remove(heard, room, occupant),
    follow: (room, occupant) => add(followed, room, occupant),
    unfollow: (room, occupant) => remove(followed, room, occupant),
  }
}
