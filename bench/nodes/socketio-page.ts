import { WebSocket } from 'ws'
import { spaceOf } from './bench-node.ts'
import type { SocketIOKind } from './socketio-server.ts'

export interface PageListener {
  /** The page knows another status of a user than before. */
  changed(page: SocketIOPage, userId: string, status: string): void
  /** The page is connected, and has asked for whatever it wants to know. */
  opened(): void
  /** The socket closed, although nobody here closed it. */
  failed(why: string): void
}

/** One user's page: a socket that speaks as much of Socket.IO as is needed, so that thousands fit into one process. */
export interface SocketIOPage {
  readonly userId: string
  /** How many users are not offline, as far as this page heard. */
  readonly present: number
  /** Makes everybody see that status, by what its server calls so. */
  setStatus(status: string): void
  /** On purpose. */
  leave(): void
  /** As a page ends that has no time to say so. */
  cut(): void
}

/** Of Engine.IO and Socket.IO, as they begin a packet. */
const OPEN = '0'
const PING = '2'
const PONG = '3'
const CONNECT = '40'
const DISCONNECT = '41'
const EVENT = '42'

type Heard = readonly [string, never]
interface User {
  readonly userId: string
  readonly status: string
}

/** How a page speaks with each kind of server. */
interface Dialect {
  /** What it says as soon as it is connected. */
  greet(userId: string): readonly unknown[] | null
  status(status: string): readonly unknown[]
  leave(): readonly unknown[] | null
  /** Hears one event; what is to be answered, if anything. */
  hear(event: Heard, userId: string, heard: (userId: string, status: string) => void): readonly unknown[] | null
}

const ROOMS: Dialect = {
  greet: () => null,
  status: (status) => ['status', status],
  leave: () => null,
  hear([name, data]: readonly [string, unknown], _, heard) {
    for (const { userId, status } of name === 'users' ? (data as User[]) : [data as User]) heard(userId, status)
    return null
  },
}

type OurMessage =
  | { readonly type: 'welcome' | 'self' | 'ack' | 'error' | 'bye' }
  | { readonly type: 'snapshot'; readonly topics: readonly { readonly users: readonly User[] }[] }
  | { readonly type: 'diff'; readonly set: readonly User[]; readonly gone: readonly string[] }
const say = (message: object) => ['rollcall', message]
const OURS: Dialect = {
  greet: (userId) => say({ type: 'hello', version: 1, token: userId, instance: `page-of-${userId}` }),
  status: (status) => say({ type: 'claim', id: 2, status }),
  leave: () => say({ type: 'leave', scope: 'connection' }),
  hear([, message]: readonly [string, OurMessage], userId, heard) {
    if (message.type === 'welcome')
      return say({ type: 'watch', id: 1, topics: [{ topic: `space:${spaceOf(userId)}` }] })
    if (message.type === 'snapshot') {
      for (const { users } of message.topics) for (const user of users) heard(user.userId, user.status)
    } else if (message.type === 'diff') {
      for (const user of message.set) heard(user.userId, user.status)
      for (const gone of message.gone) heard(gone, 'offline')
    } else if (message.type === 'error' || message.type === 'bye') {
      throw new Error(JSON.stringify(message))
    }
    return null
  },
}
const DIALECTS = { ours: OURS, rooms: ROOMS, bare: ROOMS }

export function openPage(port: number, kind: SocketIOKind, userId: string, listener: PageListener): SocketIOPage {
  const dialect = DIALECTS[kind]
  const socket = new WebSocket(`ws://127.0.0.1:${port}/socket.io/?EIO=4&transport=websocket`, {
    perMessageDeflate: false,
  })
  const statuses = new Map<string, string>()
  let isEnding = false
  const emit = (event: readonly unknown[] | null) => {
    if (event !== null) socket.send(EVENT + JSON.stringify(event))
  }
  const heard = (of: string, status: string) => {
    if ((statuses.get(of) ?? 'offline') === status) return
    if (status === 'offline') statuses.delete(of)
    else statuses.set(of, status)
    listener.changed(page, of, status)
  }
  socket.on('message', (data) => {
    if (isEnding) return
    const packet = data.toString()
    if (packet.startsWith(EVENT)) emit(dialect.hear(JSON.parse(packet.slice(EVENT.length)), userId, heard))
    else if (packet === PING) socket.send(PONG)
    else if (packet.startsWith(OPEN)) socket.send(CONNECT + JSON.stringify({ token: userId }))
    else if (packet.startsWith(CONNECT)) {
      emit(dialect.greet(userId))
      listener.opened()
    } else throw new Error(`a packet that pages do not know: ${packet}`)
  })
  socket.on('error', (error) => listener.failed(error.message))
  socket.on('close', () => {
    if (!isEnding) listener.failed('the server closed the socket')
  })
  const page: SocketIOPage = {
    userId,
    get present() {
      return statuses.size
    },
    setStatus: (status) => emit(dialect.status(status)),
    leave() {
      isEnding = true
      emit(dialect.leave())
      socket.send(DISCONNECT)
      socket.close()
    },
    cut() {
      isEnding = true
      socket.terminate()
    },
  }
  return page
}
