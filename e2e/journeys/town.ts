import { createPresenceClient, type Lifecycle, type LifecycleObserver, type PresenceClient } from '@rollcall/client'
import {
  createPresence,
  memoryStore,
  type PolicyOptions,
  type Presence,
  type PresenceChange,
  type PresenceStore,
} from '@rollcall/core'
import { expect } from 'vitest'
import type { Served, Verify, WayIn } from './ways-in.ts'

/** One tab of somebody. */
export interface Tab {
  readonly client: PresenceClient
  /** The page goes, with what a browser gives it time for. */
  leavePage(): void
  returnToPage(): void
  /** The page that a reload brings, in the same tab. */
  reload(): Promise<Tab>
}

/** A server, and people with tabs. Everything has a short grace, so that journeys end. */
export interface Town extends AsyncDisposable {
  readonly presence: Presence
  /** What others saw change, in order: `user status`. */
  readonly seen: readonly string[]
  /** @param token `user` or `user/session`; `bad` is refused. */
  open(token: string | (() => string), options?: { readonly spaces?: readonly string[] }): Promise<Tab>
  /** Everything that others saw so far is forgotten. */
  forgetSeen(): void
  /** The server process ends, and another one takes its place. */
  restart(): Promise<void>
}

const POLICY: PolicyOptions = {
  hintGrace: '1s',
  grace: '2s',
  drainGrace: '8s',
  sweepEvery: '500ms',
  reconcileEvery: '2s',
  beat: '1s',
  lease: '12s',
}

/** Waits until something holds, for as long as a loaded machine may need. */
export const until = (holds: () => unknown) => expect.poll(holds, { timeout: 20_000, interval: 20 })

export async function createTown(way: WayIn, verify: Verify = defaultVerify): Promise<Town> {
  const store = memoryStore()
  const changes: PresenceChange[] = []
  let presence = await start(store)
  let served: Served = await way.serve(presence, verify)
  const { port } = served
  const clients = new Set<PresenceClient>()

  async function start(on: PresenceStore): Promise<Presence> {
    const started = createPresence({
      store: on,
      policy: POLICY,
      access: { isAdmin: ({ userId }) => userId === 'root' },
    })
    started.on('change', (change) => changes.push(change))
    await started.start()
    return started
  }
  const open = async (
    token: string | (() => string),
    options: { readonly spaces?: readonly string[] },
    storage: Map<string, string>,
  ): Promise<Tab> => {
    let observer: LifecycleObserver | null = null
    const lifecycle: Lifecycle = {
      visible: true,
      observe(observing) {
        observer = observing
        return () => {
          observer = null
        }
      },
    }
    const client = createPresenceClient({
      ...options,
      transport: way.transport(port, loginOf(token)),
      token,
      lifecycle,
      storage: {
        getItem: (key) => storage.get(key) ?? null,
        setItem: (key, value) => void storage.set(key, value),
        removeItem: (key) => void storage.delete(key),
      },
    })
    clients.add(client)
    await client.connect()
    return {
      client,
      leavePage: () => observer?.onLeave(),
      returnToPage: () => observer?.onWake(),
      async reload() {
        observer?.onLeave()
        const next = await open(token, options, storage)
        // The old page says nothing more: it was torn down.
        clients.delete(client)
        return next
      },
    }
  }
  return {
    get presence() {
      return presence
    },
    get seen() {
      return changes.map(({ userId, to }) => `${userId} ${to.status}`)
    },
    open: (token, options = {}) => open(token, options, new Map()),
    forgetSeen() {
      changes.length = 0
    },
    async restart() {
      await served.close()
      await presence.stop()
      presence = await start(store)
      served = await way.serve(presence, verify, port)
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.dispose()
      await served.close()
      await presence.stop()
    },
  }
}

/** What stays the same of a token when it is renewed. */
const loginOf = (token: string | (() => string)) => (typeof token === 'string' ? token : token()).replace(/#.*/, '')

const defaultVerify: Verify = (token) => {
  if (token === null || token === 'bad') return null
  const [userId = '', sessionId] = token.split('/')
  return { userId, spaces: ['lobby', 'doc'], ...(sessionId && { sessionId }) }
}
