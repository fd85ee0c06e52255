import { createPresenceHandler, type PresenceHandler } from '@rollcall/adapter-http'
import {
  type Authenticated,
  createPresence,
  createSessionHost,
  type PolicyOptions,
  type Presence,
  type PresenceChange,
  type SessionHost,
} from '@rollcall/core'
import type { RequestServer } from './http/exchange.ts'
import type { RequestNetwork } from './http/request-network.ts'
import type { Acceptor, Link, Network } from './network.ts'
import { type EndByPage, overheard } from './overheard.ts'
import type { Process } from './process.ts'
import { createProcess } from './process.ts'
import type { Random } from './random.ts'
import type { SharedStore } from './store/shared-store.ts'
import { connectStore, type StoreClient } from './store/store-client.ts'
import type { World } from './world.ts'

/** Spaces there are. Everybody may enter and watch them, but for one user. */
export const SPACES = ['red', 'blue'] as const
/** This user is granted the first space only. */
const SECLUDED = 'user-5'
export const ADMIN = 'admin'
/** How far the wall clock of a machine may be off. */
const SKEW_MS = 3_600_000

/** Spaces that a user is granted. */
export function grantsOf(userId: string): readonly string[] {
  return userId === SECLUDED ? SPACES.slice(0, 1) : SPACES
}

/** One server process: a presence, its sessions, its way to the store. */
export interface ServerNode extends Acceptor, RequestServer {
  /** The place it runs at; a process that follows there has the same. */
  readonly name: string
  readonly presence: Presence
  readonly storeClient: StoreClient
  readonly policy: PolicyOptions
  /** It runs a later version, whose records the others cannot execute. */
  readonly isLater: boolean
  /** `presence.start()` has resolved. */
  readonly started: boolean
  readonly draining: boolean
  /** Errors that were reported, by code. */
  readonly errors: Map<string, number>
  readonly startedAt: number
  /** A page says by HTTP that it goes away. */
  hint(leaveToken: string): void
  /** Marks its connections, tells its pages, ends. */
  drain(): void
}

export interface ServerOptions {
  readonly world: World
  readonly shared: SharedStore
  readonly network: Network
  readonly requests: RequestNetwork
  readonly random: Random
  readonly name: string
  /** How many processes ran at this place before. */
  readonly generation: number
  readonly policy: PolicyOptions
  readonly isLater: boolean
  readonly outageQueue: number | undefined
  onChange(node: ServerNode, change: PresenceChange): void
  /** A page says hello, or that its user is active. */
  onInput(link: Link): void
  /** A page ends something by what it says to the server. */
  onEnd(end: EndByPage, saved: Promise<void>): void
  /** It has stopped. `held`: its links when it began to. */
  onStopped(node: ServerNode, held: readonly Link[]): void
  onGone(node: ServerNode): void
}

interface Credentials {
  readonly token: string | null
}

const START_AGAIN_MS = 500

/** The token is `user/session`. */
function authenticate({ token }: Credentials): Authenticated | null {
  if (token === null) return null
  const [userId = '', sessionId = userId] = token.split('/')
  return {
    userId,
    sessionId,
    spaces: grantsOf(userId),
    meta: userId === ADMIN ? 'admin' : null,
  }
}

/** Starts a node; it takes pages once it has a lease. */
export function startServer(options: ServerOptions): ServerNode {
  const { world, network, requests, name, generation } = options
  const process: Process = createProcess(world, name)
  const random = options.random.fork(`${name}${generation}`)
  // Machines start with clocks that nobody has set right.
  const clocks = random.fork('clock')
  if (clocks.chance(0.3)) process.setWall(clocks.whole(-SKEW_MS, SKEW_MS))
  const storeClient = connectStore(world, options.shared, process, random.fork('store'), options.isLater)
  let ids = 0
  const randomId = () => `${name}${generation}.${++ids}`
  const presence = createPresence({
    store: storeClient.store,
    policy: options.policy,
    ...(options.outageQueue === undefined ? {} : { outageQueue: options.outageQueue }),
    clock: process.clock,
    randomId,
    access: { isAdmin: ({ meta }) => meta === 'admin' },
  })
  const links = new Set<Link>()
  const served = overheard(presence, options.onEnd)
  const host: SessionHost<Credentials> = createSessionHost<Credentials>(
    served,
    {
      broadcast(room, message) {
        for (const link of links) if (link.rooms.has(room)) link.toPage(message)
      },
    },
    { authenticate, randomId, leaveTokens: true },
  )
  // Making it takes as long as a thousand steps, and most runs have no request.
  let handler: PresenceHandler | null = null
  const handlerOf = () => {
    handler ??= createPresenceHandler(served, { authenticate, randomId: () => `${name}${generation}.h${++ids}` })
    return handler
  }
  let started = false
  let draining = false
  const errors = new Map<string, number>()
  presence.on('error', ({ code }) => errors.set(code, (errors.get(code) ?? 0) + 1))
  presence.on('change', (change) => options.onChange(node, change))

  const node: ServerNode = {
    name,
    process,
    presence,
    storeClient,
    policy: options.policy,
    isLater: options.isLater,
    errors,
    startedAt: world.now,
    get started() {
      return started
    },
    get draining() {
      return draining
    },
    get accepting() {
      return started && !draining
    },
    accept(link) {
      links.add(link)
      const session = host.open({
        credentials: (token) => ({ token }),
        send: (message) => link.toPage(message),
        join: (room) => void link.rooms.add(room),
        leave: (room) => void link.rooms.delete(room),
        close: (cause) => link.closeByServer(cause),
      })
      return {
        receive(message) {
          const { type } = message as { readonly type?: unknown }
          if (type === 'active' || type === 'hello') options.onInput(link)
          session.receive(message)
        },
        refresh: () => session.refresh(),
        lost() {
          links.delete(link)
          session.lost()
        },
      }
    },
    answer: (request) => handlerOf()(request),
    hint: (leaveToken) => void host.hint(leaveToken),
    drain() {
      if (draining) return
      draining = true
      const held = [...links].filter(({ serverOpen, closing }) => serverOpen && !closing)
      // The engine first: whoever comes back elsewhere within the drain grace was never away.
      void presence.stop().then(() => {
        options.onStopped(node, held)
        host.close()
        handler?.close()
        options.onGone(node)
      })
    },
  }
  network.serve(node)
  requests.serve(node)
  const start = () => {
    presence.start().then(
      () => {
        started = true
      },
      () => {
        if (!draining) process.clock.setTimer(start, START_AGAIN_MS)
      },
    )
  }
  start()
  return node
}
