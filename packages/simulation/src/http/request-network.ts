import { beacons } from '../platform.ts'
import type { Process } from '../process.ts'
import type { Random } from '../random.ts'
import type { World } from '../world.ts'
import { type Asked, createExchange, type Exchange, type RequestObserver, type RequestServer } from './exchange.ts'

/** What becomes of a request that a fault hits. */
export type RequestFaultKind =
  /** It cannot leave, and the page is told at once. */
  | 'refused'
  /** It never arrives; nobody is told. */
  | 'lost'
  /** Done; its answer never arrives. */
  | 'answer-lost'
  /** Each way takes up to 12 s, longer than a client waits: others overtake it. */
  | 'slow'
  /** Done twice, the second time up to 8 s later, perhaps at another node. */
  | 'twice'

/** What happens to requests of a page that it makes from `from` to `until`, in world time. */
export interface RequestFault {
  readonly kind: RequestFaultKind
  readonly page: string
  readonly from: number
  until: number
  /** What part of them is hit. */
  readonly share: number
}

/** Requests of pages, each to a node of its own: a load balancer without sticky sessions. */
export interface RequestNetwork {
  readonly exchanges: ReadonlySet<Exchange>
  readonly faults: RequestFault[]
  /** The request by which a page asked for news last. */
  newsOf(page: Process): Exchange | null
  /** What `fetch` is to a page. */
  fetchOf(page: Process): typeof fetch
  /** Requests that are to outlive the page are refused, as some browsers do: it has to say by a beacon that it goes. */
  refuseKeepalive(page: string): void
  serve(server: RequestServer): void
  observe(observer: RequestObserver): void
  /** What is under way breaks off, and both ends learn. */
  cut(page: string): void
  /** What is under way falls silent, and nobody learns. */
  silence(page: string): void
  /** Nothing gets through from or to the page for `ms`. */
  isolate(page: string, ms: number): void
  /** A process is gone. `learn`: its peers are told, as by an operating system that closes its sockets. */
  onKilled(process: Process, learn: boolean): void
  heal(): void
}

const LATENCY = [1, 30] as const
const SLOW = [200, 12_000] as const
const TWICE_WITHIN_MS = 8000
/** A load balancer has noticed by then that a node is gone. */
const HEALTH_CHECK_MS = 3000
/**
 * Words whose order alone tells which is the latest: they come twice only before anybody was answered. One that comes again
 * after a later one would be taken for the later one, as nothing numbers them.
 */
const ORDERED = /"type":"(claim|clear|message|enter|exit|state|idle|signal)"/

export function createRequestNetwork(world: World, random: Random): RequestNetwork {
  const exchanges = new Set<Exchange>()
  const servers: RequestServer[] = []
  const observers: RequestObserver[] = []
  const faults: RequestFault[] = []
  const isolatedUntil = new Map<string, number>()
  const withoutKeepalive = new Set<string>()
  const news = new WeakMap<Process, Exchange>()

  const isIsolated = (page: Process) => (isolatedUntil.get(page.name) ?? 0) > world.now
  const of = (page: string) => [...exchanges].filter((exchange) => exchange.page.name === page)
  const faultOf = (page: Process, draw: Random): RequestFaultKind | undefined =>
    faults.find(
      (fault) =>
        fault.page === page.name &&
        fault.from <= world.now &&
        world.now < fault.until &&
        (fault.share >= 1 || draw.chance(fault.share)),
    )?.kind

  const ask = (
    page: Process,
    asked: Asked,
    draw: Random,
    resolve: ((response: Response) => void) | null,
    reject: (error: Error) => void,
  ): Exchange | null => {
    const fault = faultOf(page, draw)
    const isolated = isIsolated(page)
    const answerBySomebodyElse = (answer: () => void) => {
      world.at(page.departsAt + draw.whole(...LATENCY), { owner: page, what: 'refused', travels: true }, answer)
      return null
    }
    // A browser knows of some networks that they are away.
    if (isolated ? draw.chance(0.5) : fault === 'refused')
      return answerBySomebodyElse(() => reject(new TypeError('the network is away')))
    const known = servers.filter(
      ({ accepting, process }) => (accepting && !process.dead) || world.now - process.deadAt < HEALTH_CHECK_MS,
    )
    const server = known.length === 0 ? undefined : draw.pick(known)
    if (server === undefined || server.process.dead)
      return answerBySomebodyElse(() => resolve?.(new Response('Bad Gateway', { status: 502 })))
    const travel: readonly [number, number] = fault === 'slow' ? SLOW : LATENCY
    const begin = (at: RequestServer, isCopy: boolean): Exchange => {
      const exchange = createExchange({
        world,
        page,
        server: at,
        asked,
        draw,
        travel,
        observers,
        resolve: isCopy ? null : resolve,
        reject,
        isUnheard: fault === 'answer-lost',
        onOver: () => exchanges.delete(exchange),
      })
      exchanges.add(exchange)
      return exchange
    }
    const exchange = begin(server, false)
    if (asked.route === 'listen') news.set(page, exchange)
    if (fault === 'lost' || isolated) {
      exchange.fallSilent()
      return exchange
    }
    const arrivesAt = page.departsAt + draw.whole(...travel)
    exchange.arriveAt(arrivesAt)
    if (fault === 'twice') {
      const other = draw.pick(known.filter(({ process }) => !process.dead))
      begin(other, true).arriveAt(arrivesAt + (ORDERED.test(asked.body) ? 0 : draw.whole(0, TWICE_WITHIN_MS)))
    }
    return exchange
  }

  return {
    exchanges,
    faults,
    newsOf: (page) => news.get(page) ?? null,
    fetchOf(page) {
      const draw = random.fork(page.name)
      beacons.set(page, (url, text) => {
        const headers = { 'content-type': 'text/plain;charset=UTF-8' }
        ask(page, { url, route: routeOf(url), headers, body: text }, draw, null, () => {})
        return true
      })
      return ((url: string, { signal, keepalive, headers, body }: RequestInit = {}) =>
        new Promise<Response>((resolve, reject) => {
          if (keepalive && withoutKeepalive.has(page.name)) throw new TypeError('keepalive is refused')
          if (signal?.aborted) throw signal.reason
          const asked = { url, route: routeOf(url), headers: headers as Record<string, string>, body: body as string }
          const exchange = ask(page, asked, draw, resolve, reject)
          signal?.addEventListener('abort', () => {
            if (exchange === null) reject(signal.reason)
            else exchange.breakOff(signal.reason)
          })
        })) as typeof fetch
    },
    refuseKeepalive: (page) => void withoutKeepalive.add(page),
    serve: (server) => void servers.push(server),
    observe: (observer) => void observers.push(observer),
    cut(page) {
      for (const exchange of of(page)) {
        world.at(world.now + 1, { owner: exchange.page, what: 'cut' }, () => exchange.breakOff(new TypeError('cut')))
      }
    },
    silence(page) {
      for (const exchange of of(page)) exchange.fallSilent()
    },
    isolate(page, ms) {
      isolatedUntil.set(page, world.now + ms)
      for (const exchange of of(page)) exchange.fallSilent()
    },
    onKilled(process, learn) {
      for (const exchange of [...exchanges]) {
        if (exchange.server.process === process) {
          if (learn) exchange.reset()
          else exchange.fallSilent()
          exchange.endServer()
        } else if (exchange.page === process) {
          if (!learn) exchange.fallSilent()
          exchange.leave()
        }
      }
    },
    heal() {
      isolatedUntil.clear()
      for (const fault of faults) fault.until = Math.min(fault.until, world.now)
    },
  }
}

function routeOf(url: string): string {
  return url.slice(url.lastIndexOf('/') + 1)
}
