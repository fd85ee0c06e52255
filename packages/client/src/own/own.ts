import type { SelfView, ServerMessage } from '@rollcall/core/protocol'
import type { ClientClock } from '../clock.ts'
import type { Connection } from '../connection/connection-contract.ts'
import { LOST, type Request, type RequestError } from '../connection/requests.ts'
import type { Hub } from '../hub.ts'
import { freeze, same } from '../json.ts'
import { granted, type MyPresence, type Wish } from './my-presence.ts'

/** What became of a request. It never rejects, so that it may be sent and forgotten. */
export type Outcome =
  /** Saved. */
  | { readonly ok: true }
  /** Refused, or given up: what was shown at once is rolled back. */
  | { readonly ok: false; readonly error: RequestError }

export interface OwnOptions {
  readonly hub: Hub
  readonly clock: ClientClock
  readonly connection: Pick<Connection, 'ask'>
}

/** One's own presence: what the server says, and what was asked of it. */
export interface Own {
  readonly me: MyPresence
  /** Server time less wall clock, ms. */
  readonly offset: number
  /** How long one's own invisible claim still lasts, for the hello; `null`: without end; `undefined`: there is none. */
  invisibleForMs(): number | null | undefined
  /** As the page before this one left it. */
  recall(invisibleForMs: number | null | undefined): void
  /** Replaces an earlier wish for the same thing that is not saved yet; that one shares the outcome. */
  wish(wish: Wish): Promise<Outcome>
  begin(welcome: Extract<ServerMessage, { type: 'welcome' }>): void
  update(self: SelfView): void
  /** The connection went: wishes wait for the next one. */
  lose(): void
  /** There will be no next one. */
  abandon(): void
}

interface Pending {
  readonly wish: Wish
  readonly settles: ((outcome: Outcome) => void)[]
}

const keyOf = (wish: Wish) => (wish.kind === 'message' ? '' : `:${wish.source}`)

export function createOwn({ hub, clock, connection }: OwnOptions): Own {
  const wishes = new Map<string, Pending>()
  let self: SelfView | null = null
  let ids: Pick<MyPresence, 'userId' | 'sessionId' | 'connectionId'> = {
    userId: null,
    sessionId: null,
    connectionId: null,
  }
  let isStale = false
  let offset = 0
  /** Wall clock. */
  let recalledUntil: number | null | undefined

  const laidOver = () => {
    let view = self
    for (const { wish } of wishes.values()) view &&= granted(view, wish, ids.connectionId, offset)
    return view
  }
  const draw = (): MyPresence => {
    const view = laidOver()
    const status = view?.status ?? 'unknown'
    return freeze({
      ...ids,
      status,
      isOnline: !!view && status !== 'offline',
      statusSince: view?.statusSince || null,
      lastSeenAt: view?.lastSeenAt ?? null,
      lastActiveAt: view?.lastActiveAt ?? null,
      message: view?.message ?? null,
      hidden: !!view?.hidden,
      claims: view?.claims ?? [],
      connections: view?.connections ?? [],
      cause: view?.cause ?? null,
      pending: wishes.size > 0,
      stale: isStale,
      known: !!view,
    })
  }
  let me = draw()
  const redraw = () => {
    const next = draw()
    if (same(me, next)) return
    me = next
    hub.touch('me')
  }
  const forMs = (until: number | null) =>
    until === null ? {} : { forMs: Math.max(1, Math.round(until - clock.now())) }
  const requestOf = (wish: Wish): Request => {
    if (wish.kind === 'message') {
      return { type: 'message', message: wish.message && { ...wish.message, ...forMs(wish.until) } }
    }
    const { source } = wish
    if (wish.kind === 'clear') return { type: 'clear', source }
    return { type: 'claim', source, status: wish.status, ...forMs(wish.until), ...(wish.bound ? { bound: true } : {}) }
  }
  const send = (key: string, pending: Pending) => {
    connection.ask(requestOf(pending.wish), (error) => {
      // It waits for the next welcome, or a later wish took its place.
      if (error === LOST || wishes.get(key) !== pending) return
      wishes.delete(key)
      if (!error && self) self = granted(self, pending.wish, ids.connectionId, offset)
      for (const settle of pending.settles) settle(error ? { ok: false, error } : { ok: true })
      redraw()
      hub.commit()
    })
  }
  return {
    get me() {
      return me
    },
    get offset() {
      return offset
    },
    invisibleForMs() {
      const wish = wishes.get(':manual')?.wish
      let until: number | null | undefined = recalledUntil
      if (wish) until = wish.kind === 'claim' && wish.status === 'invisible' ? wish.until : undefined
      else if (self) {
        const claim = self.claims.find(({ source, status }) => source === 'manual' && status === 'invisible')
        until = claim && (claim.until === null ? null : claim.until - offset)
      }
      return until && Math.max(1, Math.round(until - clock.now()))
    },
    recall(ms) {
      recalledUntil = ms && clock.now() + ms
    },
    wish(wish) {
      const key = keyOf(wish)
      const settles = wishes.get(key)?.settles ?? []
      const outcome = new Promise<Outcome>((resolve) => settles.push(resolve))
      const pending = { wish, settles }
      wishes.delete(key)
      wishes.set(key, pending)
      redraw()
      send(key, pending)
      hub.commit()
      return outcome
    },
    begin({ self: view, serverTime, userId, sessionId, connectionId }) {
      self = view
      ids = { userId, sessionId, connectionId }
      offset = serverTime - clock.now()
      isStale = false
      redraw()
      for (const [key, pending] of wishes) send(key, pending)
    },
    update(view) {
      self = view
      redraw()
    },
    lose() {
      isStale = true
      redraw()
    },
    abandon() {
      const abandoned = [...wishes.values()]
      wishes.clear()
      redraw()
      for (const { settles } of abandoned) for (const settle of settles) settle({ ok: false, error: LOST })
    },
  }
}
