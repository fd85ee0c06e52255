import type { ClientMessage, SelfView, ServerMessage } from '@rollcall/core/protocol'
import type { ClientClock } from '../clock.ts'
import type { Connection } from '../connection/connection-contract.ts'
import { LOST, type Request, type RequestError } from '../connection/requests.ts'
import type { Hub } from '../hub.ts'
import { freeze, same } from '../json.ts'
import { isPresent } from '../roster/user-presence.ts'
import { granted, type MyPresence, type OwnView, UNKNOWN_SELF, type Wish } from './my-presence.ts'

/** What became of a request. It never rejects, so that it may be sent and forgotten. */
export type Outcome =
  /** Saved. */
  | { readonly ok: true }
  /** Refused, or given up: what was shown at once is rolled back. */
  | { readonly ok: false; readonly error: RequestError }

type Welcome = Extract<ServerMessage, { type: 'welcome' }>
type Invisible = Pick<Extract<ClientMessage, { type: 'hello' }>, 'invisible'>

/** One's own presence: what the server says, and what was asked of it. */
export interface Own {
  get(): MyPresence
  /** Server time in ms. */
  now(): number
  /** One's own invisible claim, for the hello. */
  invisible(): Invisible
  /** Replaces an earlier wish for the same thing that is not saved yet; that one shares the outcome. */
  wish(wish: Wish): Promise<Outcome>
  begin(welcome: Welcome): void
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

export function createOwn(hub: Hub, clock: ClientClock, { ask }: Pick<Connection, 'ask'>): Own {
  const wishes = new Map<string, Pending>()
  let self: OwnView = UNKNOWN_SELF
  let ids: Pick<MyPresence, 'sessionId' | 'connectionId'> = { sessionId: null, connectionId: null }
  let stale = false
  let offset = 0

  let me: MyPresence | undefined
  const get = () => {
    let view = self
    for (const { wish } of wishes.values()) view = granted(view, wish, offset)
    const next: MyPresence = {
      ...view,
      ...ids,
      isOnline: isPresent(view.status),
      pending: wishes.size > 0,
      stale,
      known: self !== UNKNOWN_SELF,
    }
    if (!me || !same(me, next)) me = freeze(next)
    return me
  }
  const changed = () => {
    hub.touch('me')
    hub.commit()
  }
  const now = () => clock.now() + offset
  const lasting = (until: number | null, at: number) =>
    until === null ? {} : { forMs: Math.max(1, Math.round(until - at)) }
  const send = (key: string, { wish, settles }: Pending) => {
    const { at, until, ...what } = wish
    const duration = lasting(until, clock.now())
    const request =
      what.type === 'message'
        ? { ...what, message: what.message && { ...what.message, ...duration } }
        : { ...what, ...duration }
    ask(request as Request, (error) => {
      // It waits for the next welcome, or a later wish took its place.
      if (error === LOST || wishes.get(key)?.wish !== wish) return
      wishes.delete(key)
      if (!error) self = granted(self, wish, offset)
      changed()
      for (const settle of settles) settle(error ? { ok: false, error } : { ok: true })
    })
  }
  return {
    get,
    now,
    invisible() {
      const at = now()
      const claim = get().claims.find(({ source, status }) => source === 'manual' && status === 'invisible')
      // One that ran out while there was no connection would end what was chosen elsewhere since.
      return claim && (claim.until ?? at + 1) > at ? { invisible: lasting(claim.until, at) } : {}
    },
    wish(wish) {
      const key = wish.type === 'message' ? '' : `:${wish.source}`
      const settles = wishes.get(key)?.settles ?? []
      const outcome = new Promise<Outcome>((resolve) => settles.push(resolve))
      const pending = { wish, settles }
      wishes.delete(key)
      wishes.set(key, pending)
      changed()
      send(key, pending)
      return outcome
    },
    begin({ self: view, serverTime, sessionId, connectionId }) {
      self = view
      ids = { sessionId, connectionId }
      offset = serverTime - clock.now()
      stale = false
      changed()
      for (const [key, pending] of wishes) send(key, pending)
    },
    update(view) {
      self = view
      changed()
    },
    lose() {
      stale = self !== UNKNOWN_SELF
      changed()
    },
    abandon() {
      const abandoned = [...wishes.values()]
      wishes.clear()
      changed()
      for (const { settles } of abandoned) for (const settle of settles) settle({ ok: false, error: LOST })
    },
  }
}
