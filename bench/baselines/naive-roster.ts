import { useSyncExternalStore } from 'react'

export interface NaiveUser {
  readonly userId: string
  readonly status: string
}

export type NaiveMessage =
  | { readonly type: 'users'; readonly users: readonly NaiveUser[] }
  | { readonly type: 'user'; readonly user: NaiveUser }

/** What the usual tutorial comes to: one list of everybody, and one subscription to it. */
export interface NaiveRoster {
  receive(message: NaiveMessage): void
  get(): readonly NaiveUser[]
  subscribe(listener: () => void): () => void
}

export function createNaiveRoster(): NaiveRoster {
  let users: readonly NaiveUser[] = []
  const listeners = new Set<() => void>()
  return {
    receive(message) {
      users =
        message.type === 'users'
          ? message.users
          : users.map((user) => (user.userId === message.user.userId ? message.user : user))
      for (const listener of listeners) listener()
    },
    get: () => users,
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
}

/** A socket that is opened again a second after it closed, and a heartbeat. */
export function connectNaiveRoster(url: string, roster: NaiveRoster): () => void {
  let socket: WebSocket
  let isOver = false
  const open = () => {
    socket = new WebSocket(url)
    socket.onmessage = ({ data }) => roster.receive(JSON.parse(data))
    socket.onclose = () => {
      if (!isOver) setTimeout(open, 1000)
    }
  }
  open()
  const beating = setInterval(() => socket.readyState === WebSocket.OPEN && socket.send('beat'), 15_000)
  return () => {
    isOver = true
    clearInterval(beating)
    socket.close()
  }
}

export function useNaiveUsers(roster: NaiveRoster): readonly NaiveUser[] {
  return useSyncExternalStore(roster.subscribe, roster.get, roster.get)
}
