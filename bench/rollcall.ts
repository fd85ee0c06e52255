import type { ConnectionListener, HeldConnection, Presence } from '@rollcall/core'
import type { InProcess } from './in-process.ts'

/** A transport's connection: it is its own listener, and keeps the handle it was given. */
export class RollcallSocket implements ConnectionListener {
  readonly id: string
  readonly userId: string
  handle: HeldConnection | null = null

  constructor(id: string, userId: string) {
    this.id = id
    this.userId = userId
  }

  onSelf(): void {}

  onEnded(): void {
    this.handle = null
  }

  async probe(): Promise<boolean> {
    return true
  }

  describe() {
    const { id, userId } = this
    return { viewer: { userId, sessionId: id, spaces: ['default'], device: null, meta: null }, spaces: [] }
  }
}

export interface RollcallOptions {
  /** Issue resume tokens, as adapters do for clients that can resume. */
  readonly resumable: boolean
  /** What the store keeps outside of this heap. */
  readonly elsewhere?: () => number
}

/** Our side of P1, through what adapters use. */
export function inProcessOf(presence: Presence, options: RollcallOptions): InProcess<RollcallSocket, HeldConnection> {
  const heard = { online: 0, offline: 0 }
  presence.on('change', ({ from, to }) => {
    if (to.status === 'offline') heard.offline++
    else if (from.status === 'offline') heard.online++
  })
  /** Starts one call per socket, and waits for all of them. */
  const all = (sockets: readonly RollcallSocket[], call: (socket: RollcallSocket) => Promise<void>) =>
    new Promise<void>((resolve, reject) => {
      let left = sockets.length
      const done = () => {
        if (--left === 0) resolve()
      }
      for (const socket of sockets) call(socket).then(done, reject)
    })
  const open = async (socket: RollcallSocket) => {
    const { connection } = await presence.open({
      viewer: presence.viewerOf({ userId: socket.userId }, socket.id),
      connectionId: socket.id,
      spaces: [],
      instance: options.resumable ? socket.id : null,
      resume: null,
      invisible: null,
      listener: socket,
    })
    socket.handle = connection
  }
  const leave = async (socket: RollcallSocket) => {
    await socket.handle?.leave()
    socket.handle = null
  }
  return {
    socket: (id, userId) => new RollcallSocket(id, userId),
    connect: (sockets) => all(sockets, open),
    handleOf({ handle }) {
      if (handle === null) throw new Error('not connected')
      return handle
    },
    activity(handles) {
      for (const handle of handles) handle.activity()
    },
    async read(userIds) {
      let online = 0
      for (const { status } of await presence.getMany(userIds)) if (status === 'online') online++
      return online
    },
    disconnect: (sockets) => all(sockets, leave),
    get held() {
      return presence.held
    },
    heard,
    get elsewhere() {
      return options.elsewhere?.() ?? 0
    },
  }
}
