import type { FanOut } from '../engine/presence.ts'
import type { ServerMessage, TopicReplay, TopicSnapshot } from '../protocol/messages.ts'
import type { Deadline, Deadlines } from './deadlines.ts'

/** What the watchers of one host get first, before anything that is broadcast to their rooms. */
export interface Firsts {
  /** Wraps what broadcasts to a host's clients: whoever joined a room and still waits for its first is served before. */
  guard(fanOut: FanOut): FanOut
  /** Gathers the firsts of one client, so that they go out together. */
  gather(send: (message: ServerMessage) => void): GatheredFirsts
}

export interface GatheredFirsts {
  add(room: string, first: { readonly snapshot: TopicSnapshot } | { readonly replay: TopicReplay }): void
  /** Sends what was gathered: one `snapshot`, one `replay`. */
  flush(): void
}

/** How long the first of several snapshots waits for the others. */
const GATHER_MS = 20

/**
 * A client joins a room in the step in which its snapshot is cut. If the snapshot then waited for others, a diff could
 * overtake it; so a broadcast to a room first sends what is still gathered for it.
 */
export function createFirsts(deadlines: Deadlines): Firsts {
  const waiting = new Map<string, Set<GatheredFirsts>>()
  return {
    guard: (fanOut) => ({
      broadcast(room, message) {
        for (const gathered of waiting.get(room) ?? []) gathered.flush()
        fanOut.broadcast(room, message)
      },
    }),
    gather(send) {
      const rooms = new Set<string>()
      let snapshots: TopicSnapshot[] = []
      let replays: TopicReplay[] = []
      let deadline: Deadline | null = null
      const gathered: GatheredFirsts = {
        add(room, first) {
          if ('snapshot' in first) snapshots.push(first.snapshot)
          else replays.push(first.replay)
          deadline ??= deadlines.set(GATHER_MS, () => gathered.flush())
          rooms.add(room)
          const others = waiting.get(room)
          if (others === undefined) waiting.set(room, new Set([gathered]))
          else others.add(gathered)
        },
        flush() {
          deadline?.cancel()
          deadline = null
          for (const room of rooms) {
            const others = waiting.get(room)
            others?.delete(gathered)
            if (others?.size === 0) waiting.delete(room)
          }
          rooms.clear()
          const [cut, missed] = [snapshots, replays]
          snapshots = []
          replays = []
          if (cut.length > 0) send({ type: 'snapshot', topics: cut })
          if (missed.length > 0) send({ type: 'replay', topics: missed })
        },
      }
      return gathered
    },
  }
}
