import { http } from '@rollcall/adapter-http/client'
import {
  createPresenceClient,
  type Lifecycle,
  type LifecycleObserver,
  type PresenceClient,
  type ResumeStorage,
} from '@rollcall/client'
import type { ClientTransport, Json, ServerMessage } from '@rollcall/core/protocol'
import type { RequestNetwork } from './http/request-network.ts'
import type { Link, Network } from './network.ts'
import { createProcess, type Process } from './process.ts'
import type { Random } from './random.ts'
import { SPACES } from './server.ts'
import type { World } from './world.ts'

/** What belongs to a tab rather than to a page in it: it outlives a reload. */
export interface Tab {
  readonly name: string
  readonly userId: string
  readonly sessionId: string
  readonly spaces: readonly (typeof SPACES)[number][]
  readonly storage: Map<string, string>
  readonly over: Over
}

/** How a page is connected: by a link to one node, or by requests to any, which bring news by waiting or as a stream. */
export type Over = 'socket' | 'poll' | 'stream'

/** What a page without a link hears over: one per attempt to connect. */
export interface Line {
  /** The connection that the page was welcomed to. */
  connectionId: string | null
  readonly server: null
  /** No change is lost on it unseen. */
  readonly lossy: false
}

/** One page in a tab, with its client. A reload makes another one. */
export interface Page {
  readonly tab: Tab
  readonly process: Process
  readonly client: PresenceClient
  readonly lifecycle: LifecycleObserver
  /** Its page went away, or its client was told to end, on purpose. */
  left: boolean
  /** The link whose welcome it heard last; `null`: none, as of a page without links. */
  readonly link: Link | null
  /** As it was welcomed last. */
  readonly connectionId: string | null
  readonly openedAt: number
  /** Lets it say that it goes away without its link. */
  readonly leaveToken: string | null
  /** Where it wants to stand, with its state there. */
  readonly wanted: ReadonlyMap<string, Json>
  enter(space: string, state: Json): void
  exit(space: string): void
  setState(space: string, state: Json): void
}

export interface PageOptions {
  readonly world: World
  readonly network: Network
  readonly requests: RequestNetwork
  readonly random: Random
  readonly tab: Tab
  /** How many pages the tab had before. */
  readonly generation: number
  /** Users to watch one by one, besides all spaces. */
  readonly watched: readonly string[]
  /** Every message, before the client has it. */
  hear(page: Page, way: Link | Line, message: ServerMessage): void
}

/** Where the routes are, for pages that make requests. */
export const BASE_URL = 'http://presence.example/presence'

/** Every page over HTTP has the real transport; what it sends goes through a network of ours. */
function overRequests(
  over: 'poll' | 'stream',
  requests: RequestNetwork,
  page: Process,
  hear: (line: Line, message: ServerMessage) => void,
): ClientTransport {
  const transport = http({ url: BASE_URL, news: over, fetch: requests.fetchOf(page) })
  return {
    ...transport,
    open(listener) {
      const line: Line = { connectionId: null, server: null, lossy: false }
      return transport.open({
        ...listener,
        onMessage(raw) {
          const message = raw as ServerMessage
          if (message.type === 'welcome') line.connectionId = message.connectionId
          hear(line, message)
          listener.onMessage(message)
        },
      })
    },
  }
}

/** Opens a page: it connects and watches everything at once. */
export function openPage(options: PageOptions): Page {
  const { world, network, tab } = options
  const process = createProcess(world, tab.name)
  const random = options.random.fork(`${tab.name}.${options.generation}`)
  let observer: LifecycleObserver | null = null
  let link: Link | null = null
  let line: Line | null = null
  let leaveToken: string | null = null
  const lifecycle: Lifecycle = {
    visible: true,
    observe(observing) {
      observer = observing
      return () => {
        observer = null
      }
    },
  }
  const { storage } = tab
  const session: ResumeStorage = {
    getItem: (key) => storage.get(key) ?? null,
    setItem: (key, value) => void storage.set(key, value),
    removeItem: (key) => void storage.delete(key),
  }
  const hear = (way: Link | Line, message: ServerMessage) => {
    if (message.type === 'welcome') {
      if (way.server === null) line = way as Line
      else link = way as Link
      leaveToken = message.leave
    }
    options.hear(page, way, message)
  }
  // It runs from now on.
  world.actAs(process)
  const client = createPresenceClient({
    transport:
      tab.over === 'socket'
        ? network.transportOf(process, hear)
        : overRequests(tab.over, options.requests, process, hear),
    token: `${tab.userId}/${tab.sessionId}`,
    // Where it stands is said by `enter`, so that it can be taken back.
    spaces: [],
    activity: false,
    lifecycle,
    storage: session,
    clock: process.clock,
    random: random.next,
    randomId: () => `${random.next()}`,
  })
  const stays = new Map<string, ReturnType<PresenceClient['enter']>>()
  const wanted = new Map<string, Json>()
  const page: Page = {
    tab,
    process,
    client,
    left: false,
    openedAt: world.now,
    wanted,
    get link() {
      return link
    },
    get connectionId() {
      return (line ?? link)?.connectionId ?? null
    },
    get leaveToken() {
      return leaveToken
    },
    lifecycle: {
      onLeave: () => observer?.onLeave(),
      onFreeze: () => observer?.onFreeze(),
      onWake: () => observer?.onWake(),
    },
    enter(space, state) {
      stays.get(space)?.exit()
      stays.set(space, client.enter(space, state))
      wanted.set(space, state)
    },
    exit(space) {
      stays.get(space)?.exit()
      stays.delete(space)
      wanted.delete(space)
    },
    setState(space, state) {
      const stay = stays.get(space)
      if (stay === undefined) return
      stay.setState(state)
      wanted.set(space, state)
    },
  }
  const ignore = () => {}
  for (const space of SPACES) {
    client.members(space).subscribe(ignore)
    client.counts(space).subscribe(ignore)
  }
  for (const userId of options.watched) client.user(userId).subscribe(ignore)
  for (const space of tab.spaces) page.enter(space, null)
  void client.connect()
  return page
}
