import type { CloseCause, Session } from '@rollcall/core'
import type { ClientMessage, ClientTransport, ServerMessage, TransportLink } from '@rollcall/core/protocol'
import type { Process } from './process.ts'
import type { Random } from './random.ts'
import type { World } from './world.ts'

/** The server's end of the network, as a node offers it. */
export interface Acceptor {
  readonly process: Process
  /** Takes new pages. */
  readonly accepting: boolean
  /** A page came in; answers its session. */
  accept(link: Link): Session
}

/** A way between a page and a server. Messages of one direction arrive in order. */
export interface Link {
  readonly page: Process
  readonly server: Acceptor
  readonly rooms: Set<string>
  /** The connection that the page was welcomed to over this link; the page has seen the welcome. */
  connectionId: string | null
  /** When the server took it; infinite before. */
  readonly openedAt: number
  /** The page's end: whether it still believes in the link. */
  readonly pageOpen: boolean
  readonly serverOpen: boolean
  /** Nothing that is sent arrives, and neither end knows. */
  readonly silent: boolean
  /** The server is done with it. */
  readonly closing: boolean
  /** A change was lost on it. */
  readonly lossy: boolean
  /** The topic of that change, until another change of the same topic tells the page of the gap. */
  readonly gapIn: string | null
  toPage(message: ServerMessage): void
  /** The server closes: the page learns after everything that was sent. */
  closeByServer(cause: CloseCause | 'cut'): void
}

export interface Network {
  readonly links: ReadonlySet<Link>
  /** @param hear Every message, before the client has it. */
  transportOf(page: Process, hear: (link: Link, message: ServerMessage) => void): ClientTransport
  serve(acceptor: Acceptor): void
  /** Both ends learn. */
  cut(page: string): void
  /** Nobody learns. */
  silence(page: string): void
  /** The next change of a topic on its way to the page does not arrive. */
  lose(page: string): void
  /** Nothing gets through from or to the page, and no new link either, for `ms`. */
  isolate(page: string, ms: number): void
  /** A process is gone. `learn`: its peers are told, as by an operating system that closes its sockets. */
  onKilled(process: Process, learn: boolean): void
  heal(): void
}

const LATENCY = [1, 30] as const

interface LinkState extends Link {
  openedAt: number
  pageOpen: boolean
  serverOpen: boolean
  silent: boolean
  closing: boolean
  loses: boolean
  lossy: boolean
  gapIn: string | null
  session: Session | null
  listener: Parameters<ClientTransport['open']>[0] | null
  toServerAt: number
  toPageAt: number
}

export function createNetwork(world: World, random: Random): Network {
  const links = new Set<LinkState>()
  const acceptors: Acceptor[] = []
  const isolatedUntil = new Map<string, number>()

  const isIsolated = (page: Process) => (isolatedUntil.get(page.name) ?? 0) > world.now
  const linksOf = (page: string) => [...links].filter((link) => link.page.name === page)
  const forget = (link: LinkState) => {
    if (!link.pageOpen && !link.serverOpen) links.delete(link)
  }
  /** Arrives after what was sent before. */
  const toServer = (link: LinkState, draw: Random, what: string, arrive: () => void) => {
    if (link.silent || isIsolated(link.page)) return
    link.toServerAt = Math.max(link.toServerAt, link.page.departsAt + draw.whole(...LATENCY))
    world.at(link.toServerAt, { owner: link.server.process, what, travels: true }, arrive)
  }
  const toPage = (link: LinkState, draw: Random, what: string, arrive: () => void) => {
    if (link.silent || isIsolated(link.page)) return
    link.toPageAt = Math.max(link.toPageAt, link.server.process.departsAt + draw.whole(...LATENCY))
    world.at(link.toPageAt, { owner: link.page, what, travels: true }, () => {
      if (!link.silent) arrive()
    })
  }
  const endServer = (link: LinkState) => {
    if (!link.serverOpen) return
    link.serverOpen = false
    link.rooms.clear()
    link.session?.lost()
    forget(link)
  }
  const endPage = (link: LinkState, reason: string) => {
    if (!link.pageOpen) return
    link.pageOpen = false
    const { listener } = link
    link.listener = null
    forget(link)
    listener?.onClose(reason)
  }

  const open = (
    page: Process,
    listener: LinkState['listener'],
    hear: (link: Link, message: ServerMessage) => void,
    draw: Random,
  ): TransportLink => {
    let closedEarly = false
    const refuse = () =>
      world.at(page.departsAt + draw.whole(...LATENCY), { owner: page, what: 'refused', travels: true }, () => {
        if (!closedEarly) listener?.onClose('nobody answers')
      })
    const living = acceptors.filter(({ accepting, process }) => accepting && !process.dead)
    if (living.length === 0 || isIsolated(page)) {
      // Without a way to anybody nothing at all is heard.
      if (!isIsolated(page)) refuse()
      return {
        send: () => false,
        close() {
          closedEarly = true
        },
      }
    }
    const server = draw.pick(living)
    const link: LinkState = {
      page,
      server,
      rooms: new Set(),
      connectionId: null,
      openedAt: Number.POSITIVE_INFINITY,
      pageOpen: true,
      serverOpen: false,
      silent: false,
      closing: false,
      loses: false,
      lossy: false,
      gapIn: null,
      session: null,
      listener,
      toServerAt: 0,
      toPageAt: 0,
      toPage(message) {
        if (!link.serverOpen) return
        if (link.loses && message.type === 'diff') {
          link.loses = false
          link.lossy = true
          link.gapIn = message.topic
          return
        }
        if (message.type === 'diff' && message.topic === link.gapIn) link.gapIn = null
        toPage(link, draw, message.type, () => {
          if (!link.pageOpen) return
          if (message.type === 'welcome') link.connectionId = message.connectionId
          hear(link, message)
          link.listener?.onMessage(message)
        })
      },
      closeByServer(cause) {
        if (!link.serverOpen) return
        link.closing = true
        toPage(link, draw, 'closed', () => endPage(link, cause))
        world.at(world.now + 1, { owner: server.process, what: 'closed' }, () => endServer(link))
      },
    }
    links.add(link)
    toServer(link, draw, 'open', () => {
      if (!server.accepting) {
        toPage(link, draw, 'refused', () => endPage(link, 'refused'))
        return
      }
      link.serverOpen = true
      link.openedAt = world.now
      link.session = server.accept(link)
      toPage(link, draw, 'opened', () => link.listener?.onOpen())
    })
    return {
      send(message: ClientMessage) {
        if (!link.pageOpen) return false
        toServer(link, draw, message.type, () => {
          if (link.serverOpen) link.session?.receive(message)
        })
        return true
      },
      close() {
        if (!link.pageOpen) return
        link.pageOpen = false
        link.listener = null
        toServer(link, draw, 'closed', () => endServer(link))
        forget(link)
      },
    }
  }

  return {
    links,
    serve: (acceptor) => void acceptors.push(acceptor),
    transportOf(page, hear) {
      const draw = random.fork(page.name)
      return { name: 'simulation', owned: true, open: (listener) => open(page, listener, hear, draw) }
    },
    cut(page) {
      for (const link of linksOf(page)) {
        link.silent = true
        world.at(world.now + 1, { owner: link.server.process, what: 'cut' }, () => endServer(link))
        world.at(world.now + 1, { owner: link.page, what: 'cut' }, () => endPage(link, 'cut'))
      }
    },
    silence(page) {
      for (const link of linksOf(page)) link.silent = true
    },
    lose(page) {
      for (const link of linksOf(page)) link.loses = true
    },
    isolate(page, ms) {
      isolatedUntil.set(page, world.now + ms)
      for (const link of linksOf(page)) link.silent = true
    },
    onKilled(process, learn) {
      for (const link of [...links]) {
        if (link.server.process === process) {
          link.serverOpen = false
          if (learn) toPage(link, random, 'reset', () => endPage(link, 'reset'))
          else link.silent = true
        } else if (link.page === process) {
          link.pageOpen = false
          link.listener = null
          if (learn) toServer(link, random, 'reset', () => endServer(link))
          else link.silent = true
        }
        forget(link)
      }
    },
    heal() {
      isolatedUntil.clear()
    },
  }
}
