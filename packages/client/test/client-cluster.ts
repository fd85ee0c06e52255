import { createPresenceClient, type PresenceClient, type PresenceClientOptions } from '@rollcall/client'
import { createSessionHost, type Session } from '@rollcall/core'
import type { ClientTransport, ServerMessage, TransportListener } from '@rollcall/core/protocol'
import { createTestCluster, type TestCluster, type TestClusterOptions, type TestNode } from '@rollcall/core/testing'

/** One node with the sessions that an adapter would open on it. */
export interface Server {
  readonly node: TestNode
  /** Takes no new transports, drains its connections, and closes. */
  stop(): Promise<void>
}

/** Nodes behind a balancer, and clients that reach one of them each time they connect. */
export interface ClientCluster extends AsyncDisposable {
  readonly cluster: TestCluster
  /** Those that take transports, oldest first. */
  readonly servers: readonly Server[]
  /** Everything that servers sent to clients, by type. */
  readonly welcomes: { readonly total: number; readonly resumed: number }
  startServer(): Promise<Server>
  /** A client without a page of the user that its token names, `ada` or `ada#session`; the back-off is spread by a fixed sequence. */
  client(userId: string, options?: Partial<PresenceClientOptions>): PresenceClient
  /** What such a client reaches a server by. */
  transport(): ClientTransport
  /** While cut, nothing passes between clients and servers, and nobody is told. */
  cutNetwork(isCut: boolean): void
}

interface Credentials {
  readonly token: string | null
}

/** The server's end of one transport. */
interface Socket {
  readonly rooms: Set<string>
  send(message: ServerMessage): void
}

/** A message takes as long from one end to the other. */
const LATENCY_MS = 5
const SPACE = 'default'

/** Numbers between 0 and 1 that are the same in each run. */
function spread(): () => number {
  let state = 42
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

export async function createClientCluster({ nodes = 2, ...options }: TestClusterOptions = {}): Promise<ClientCluster> {
  const cluster = await createTestCluster({ ...options, nodes: 0 as number })
  const { clock } = cluster
  const servers: (Server & { open(toClient: (message: ServerMessage | null) => void): Session })[] = []
  const clients: PresenceClient[] = []
  const random = spread()
  let welcomed = 0
  let resumed = 0
  let turn = 0
  let isCut = false

  const later = (work: () => void) => {
    clock.setTimer(work, LATENCY_MS)
  }
  const startServer = async (): Promise<Server> => {
    const node = await cluster.start()
    const sockets = new Set<Socket>()
    const host = createSessionHost<Credentials>(
      node.presence,
      {
        broadcast(room, message) {
          for (const socket of sockets) if (socket.rooms.has(room)) socket.send(message)
        },
      },
      {
        async authenticate({ token }) {
          if (token === null) return null
          const [userId = token, sessionId] = token.split('#')
          return { userId, spaces: [SPACE], ...(sessionId && { sessionId }) }
        },
      },
    )
    const server = {
      node,
      /** @param toClient `null`: the server closed the transport. */
      open(toClient: (message: ServerMessage | null) => void): Session {
        const socket: Socket = { rooms: new Set(), send: (message) => toClient(message) }
        sockets.add(socket)
        return host.open({
          credentials: (token) => ({ token }),
          send: (message) => socket.send(message),
          join: (room) => void socket.rooms.add(room),
          leave: (room) => void socket.rooms.delete(room),
          close() {
            sockets.delete(socket)
            toClient(null)
          },
        })
      },
      async stop() {
        servers.splice(servers.indexOf(server), 1)
        await node.stop()
        host.close()
      },
    }
    servers.push(server)
    return server
  }

  /** Reaches the next server in turn with each attempt. */
  const transport = (): ClientTransport => ({
    name: 'memory',
    owned: true,
    open(listener: TransportListener) {
      let isOpen = false
      let isOver = false
      let session: Session | null = null
      const close = (reason: string) => {
        if (isOver) return
        isOver = true
        listener.onClose(reason)
      }
      later(() => {
        if (isOver) return
        const server = servers[turn++ % Math.max(1, servers.length)]
        if (server === undefined || isCut) return close('refused')
        session = server.open((message) => {
          if (message?.type === 'welcome') {
            welcomed++
            if (message.resumed) resumed++
          }
          if (isCut) return
          later(() => {
            if (message === null) session?.lost()
            if (isOver) return
            if (message === null) close('closed by the server')
            else listener.onMessage(message)
          })
        })
        isOpen = true
        listener.onOpen()
      })
      return {
        send(message) {
          if (!isOpen || isOver) return false
          if (!isCut) later(() => session?.receive(message))
          return true
        },
        close() {
          isOver = true
          if (!isCut) later(() => session?.lost())
        },
      }
    },
  })

  for (let started = 0; started < nodes; started++) await startServer()
  return {
    cluster,
    servers,
    welcomes: {
      get total() {
        return welcomed
      },
      get resumed() {
        return resumed
      },
    },
    startServer,
    transport,
    client(userId, clientOptions = {}) {
      const client = createPresenceClient({
        transport: transport(),
        token: userId,
        clock,
        activity: false,
        lifecycle: null,
        storage: null,
        random,
        ...clientOptions,
      })
      clients.push(client)
      return client
    },
    cutNetwork(cut) {
      isCut = cut
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.dispose()
      await cluster[Symbol.asyncDispose]()
    },
  }
}
