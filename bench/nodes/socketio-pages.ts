/** Pages of many users, in a process of their own. Started by `forkPages`; answers one order after the other. */
import { setTimeout as wait } from 'node:timers/promises'
import { expectEqual } from '../measure.ts'
import { SPACE_SIZE, withInFlight } from './bench-node.ts'
import { openPage, type PageListener, type SocketIOPage } from './socketio-page.ts'
import type { SocketIOKind } from './socketio-server.ts'

const TIMEOUT_MS = 120_000
const OTHERS = SPACE_SIZE - 1
/** Longer than any server gathers: whoever acts alone finds it idle. */
const PAUSE_MS = 30

export type Act = 'busy' | 'dnd' | 'leave' | 'cut'

export interface PlannedAct {
  readonly user: number
  readonly atMs: number
}

/** From the act to a page that sees it, in ms. */
export interface Delays {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** What the pages can be told to do. */
export interface PageOrders {
  /** Opens the pages of these users. Resolves once all of them see everybody of theirs. */
  open(users: { readonly from: number; readonly to: number; readonly inFlight: number }): Promise<null>
  /** At its time each user does the same. Resolves once all others of theirs saw it, each once. */
  act(plan: { readonly act: Act; readonly plan: readonly PlannedAct[] }): Promise<Delays>
  /** The same, but one after the other, each once the one before was seen by all. */
  actAlone(plan: { readonly act: Act; readonly users: readonly number[] }): Promise<Delays>
  /** Everybody who is there leaves. */
  leaveAll(): Promise<null>
}

export function serve(port: number, kind: SocketIOKind): PageOrders {
  const pages = new Map<number, SocketIOPage>()
  /** When each user did what others are to see. */
  const acts = new Map<string, { readonly status: string; readonly at: number }>()
  let delays: number[] = []

  const settled = async (isDone: () => boolean, what: () => string) => {
    const deadline = performance.now() + TIMEOUT_MS
    while (!isDone()) {
      if (performance.now() > deadline) throw new Error(what())
      await wait(2)
    }
  }
  const open = (user: number) =>
    new Promise<void>((resolve) => {
      const listener: PageListener = {
        opened: () => resolve(),
        failed(why) {
          throw new Error(`user-${user}: ${why}`)
        },
        changed(page, userId, status) {
          const act = acts.get(userId)
          if (act?.status === status && page.userId !== userId) delays.push(performance.now() - act.at)
        },
      }
      pages.set(user, openPage(port, kind, `user-${user}`, listener))
    })
  const perform = (user: number, act: Act) => {
    const page = pages.get(user) as SocketIOPage
    acts.set(page.userId, { status: act === 'leave' || act === 'cut' ? 'offline' : act, at: performance.now() })
    if (act === 'leave' || act === 'cut') {
      page[act]()
      pages.delete(user)
    } else page.setStatus(act)
  }
  const begin = () => {
    delays = []
    acts.clear()
  }
  /** Every other page sees each act once; no page sees anything else. */
  const allSeen = async (times: number) => {
    const expected = times * OTHERS
    await settled(
      () => delays.length >= expected,
      () => `${delays.length} of ${expected} sights of ${times} acts`,
    )
    // What is told twice comes soon after.
    await wait(PAUSE_MS)
    expectEqual(delays.length, expected, `sights of ${times} acts`)
  }
  const summary = (): Delays => {
    const sorted = delays.toSorted((a, b) => a - b)
    const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] as number
    return { p50: at(0.5), p99: at(0.99), max: at(1) }
  }

  return {
    async open({ from, to, inFlight }) {
      begin()
      const users = Array.from({ length: to - from }, (_, i) => from + i)
      await withInFlight(users, inFlight, open)
      if (kind === 'bare') return null
      let missing = users
      const everybodySeesAll = () => {
        missing = missing.filter((user) => pages.get(user)?.present !== SPACE_SIZE)
        return missing.length === 0
      }
      await settled(everybodySeesAll, () => `${missing.length} pages do not see everybody`)
      return null
    },
    async act({ act, plan }) {
      begin()
      const from = performance.now()
      for (const { user, atMs } of plan) {
        setTimeout(() => perform(user, act), Math.max(0, atMs - (performance.now() - from)))
      }
      await allSeen(plan.length)
      return summary()
    },
    async actAlone({ act, users }) {
      begin()
      for (const [i, user] of users.entries()) {
        perform(user, act)
        await settled(
          () => delays.length >= (i + 1) * OTHERS,
          () => `user-${user} is not seen by all`,
        )
        await wait(PAUSE_MS)
      }
      await allSeen(users.length)
      return summary()
    },
    async leaveAll() {
      begin()
      for (const page of pages.values()) page.leave()
      pages.clear()
      return null
    },
  }
}

const [port, kind] = process.argv.slice(2)
if (process.send !== undefined && port !== undefined && kind !== undefined) {
  const orders = serve(Number(port), kind as SocketIOKind)
  process.on('message', async ({ order, of }: { order: keyof PageOrders; of: never }) => {
    process.send?.({ answer: await orders[order](of) })
  })
  process.once('disconnect', () => process.exit())
  process.send({ answer: 'ready' })
}
