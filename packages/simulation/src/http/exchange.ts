import type { Process } from '../process.ts'
import type { Random } from '../random.ts'
import type { World } from '../world.ts'

/** Where requests go, as a node offers it. */
export interface RequestServer {
  readonly process: Process
  /** Takes new requests. */
  readonly accepting: boolean
  answer(request: Request): Promise<Response>
}

/** A request as a page makes it. */
export interface Asked {
  readonly url: string
  /** The last part of the URL. */
  readonly route: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A request at a server, and its answer. */
export interface Exchange extends Asked {
  readonly page: Process
  readonly server: RequestServer
  /** The page waits for the answer, or reads it. */
  readonly pageOpen: boolean
  /** The server has it, and has not said its last word. */
  readonly serverOpen: boolean
  /** Nothing that is sent arrives, and neither end knows. */
  readonly silent: boolean
  /** The server has it at `at`. */
  arriveAt(at: number): void
  /** The page reads no more, and the server learns that some time. */
  leave(): void
  /** The page reads no more, and is told why. */
  breakOff(why: Error): void
  /** The way breaks, and the page learns after everything that was sent. */
  reset(): void
  /** The server ends without a word. */
  endServer(): void
  fallSilent(): void
}

/** Whoever looks at what arrives. */
export interface RequestObserver {
  arrived(exchange: Exchange): void
  /** The server answered; the page does not have it yet. `body`: `null` of a stream. */
  answered(exchange: Exchange, status: number, body: string | null): void
}

export interface ExchangeOptions {
  readonly world: World
  readonly page: Process
  readonly server: RequestServer
  readonly asked: Asked
  readonly draw: Random
  /** How long a way takes. */
  readonly travel: readonly [number, number]
  readonly observers: readonly RequestObserver[]
  /** `null`: nobody waits for an answer. */
  readonly resolve: ((response: Response) => void) | null
  readonly reject: (error: Error) => void
  /** The answer gets lost. */
  readonly isUnheard: boolean
  /** Both ends are done with it. */
  onOver(): void
}

/** A server whose page is gone without a word has noticed by then. */
const GONE_MS = 60_000
const SOON_MS = 1000

export function createExchange(options: ExchangeOptions): Exchange {
  const { world, page, server, asked, draw, travel, observers, resolve, reject } = options
  const aborter = new AbortController()
  /** Kept for as long as the exchange: it passes on that its page has gone. */
  let request: Request | null = null
  let reader: ReadableStreamDefaultController<Uint8Array> | null = null
  let pageOpen = resolve !== null
  let serverOpen = false
  let silent = false
  let arrivesAt: number | null = null
  let isUnderWay = false
  let toPageAt = 0

  const settle = () => {
    if (pageOpen || serverOpen || isUnderWay) return
    request = null
    options.onOver()
  }
  const endPage = () => {
    pageOpen = false
    settle()
  }
  /** Arrives after what was sent before in the same exchange. */
  const toPage = (what: string, arrive: () => void) => {
    if (silent || !pageOpen) return
    toPageAt = Math.max(toPageAt, server.process.departsAt + draw.whole(...travel))
    world.at(toPageAt, { owner: page, what, travels: true }, () => {
      if (pageOpen && !silent) arrive()
    })
  }
  const tellServer = (inMs: number) => {
    if (arrivesAt === null) return
    const at = Math.max(page.departsAt + inMs, arrivesAt + 1)
    const { process } = server
    world.at(at, { owner: process, what: `${asked.route} gone`, travels: inMs < SOON_MS }, () => {
      exchange.endServer()
      aborter.abort()
    })
  }
  const passOn = async (response: Response) => {
    const { status, headers, body } = response
    const isStream = headers.get('content-type')?.startsWith('text/event-stream') ?? false
    const text = isStream ? null : await response.text()
    for (const observer of observers) observer.answered(exchange, status, text)
    if (options.isUnheard) exchange.fallSilent()
    const head = { status, headers: [...headers] as [string, string][] }
    if (text !== null || body === null) {
      exchange.endServer()
      toPage(`${asked.route} answered`, () => {
        endPage()
        resolve?.(new Response(text === '' ? null : text, head))
      })
      return
    }
    toPage(`${asked.route} answered`, () => {
      const start = (controller: typeof reader) => {
        reader = controller
      }
      resolve?.(new Response(new ReadableStream({ start, cancel: () => exchange.leave() }), head))
    })
    const events = body.getReader()
    for (;;) {
      const { done, value } = await events.read().catch(() => ({ done: true, value: undefined }) as const)
      if (done) break
      toPage('news', () => reader?.enqueue(value as Uint8Array))
    }
    exchange.endServer()
    toPage('news end', () => {
      endPage()
      reader?.close()
    })
  }

  const exchange: Exchange = {
    ...asked,
    page,
    server,
    get pageOpen() {
      return pageOpen
    },
    get serverOpen() {
      return serverOpen
    },
    get silent() {
      return silent
    },
    arriveAt(at) {
      arrivesAt = at
      isUnderWay = true
      world.at(at, { owner: server.process, what: asked.route, travels: true }, () => {
        isUnderWay = false
        if (silent) return settle()
        const { url, headers, body } = asked
        serverOpen = true
        request = new Request(url, { method: 'POST', headers, body, signal: aborter.signal })
        for (const observer of observers) observer.arrived(exchange)
        void server.answer(request).then(passOn)
        if (resolve === null || !pageOpen) tellServer(GONE_MS)
      })
    },
    leave() {
      if (!pageOpen) return
      endPage()
      tellServer(silent ? GONE_MS : draw.whole(...travel))
    },
    breakOff(why) {
      if (!pageOpen) return
      if (reader === null) reject(why)
      else reader.error(why)
      exchange.leave()
    },
    reset() {
      toPage('reset', () => exchange.breakOff(new TypeError('reset')))
      exchange.endServer()
    },
    endServer() {
      serverOpen = false
      settle()
    },
    fallSilent() {
      silent = true
    },
  }
  return exchange
}
