import type { Clock, TimerHandle } from '../time/clock.ts'
import type { UserEntry } from './user-entry.ts'

/** Users whose turn is still to come. One call is in flight at a time; who comes meanwhile joins the next batch. */
export interface SaveQueue {
  /** At once if no call is in flight. A user who waits already waits once. */
  add(entry: UserEntry): void
  /** Gives the user, whose turn it is, another one in `ms`. */
  defer(entry: UserEntry, ms: number): void
  /** Nothing can be saved now: everybody waits for the store, or for the lease. */
  isHeldUp(): boolean
  /** Users who wait, or are in the call in flight. */
  size(): number
  /** It is worth trying again now. */
  wake(): void
  /** Lets go of everybody who waits. Returns them, no longer `busy`. */
  clear(): readonly UserEntry[]
  /** Resolves when nothing is queued or in flight. Users whose turn comes later count. */
  drained(): Promise<void>
  dispose(): void
}

export interface SaveQueueOptions {
  readonly clock: Clock
  /** Whether the lease permits to write. */
  mayWork(): boolean
  /** Takes care of a batch; marks whoever is done as not `busy`. Rejects if the store fails; `false`: the lease is over. */
  work(batch: readonly UserEntry[]): Promise<boolean>
  /** Whether the store answers at all: a call that failed may be one record's fault. Never rejects. */
  answers(): Promise<boolean>
  /** Nobody can be saved now. Everybody waits, and is tried again in `retryInMs`. */
  onHeldUp(waiting: readonly UserEntry[], error: unknown, retryInMs: number): void
  /** The store takes others but not this one, who is tried again in `retryInMs`. */
  onSetAside(entry: UserEntry, error: unknown, retryInMs: number): void
  /** The store takes what it is given again. */
  onRecovered(): void
}

const MAX_BATCH = 256
const RETRY_MS = [100, 250, 500, 1000, 2000, 5000] as const
/** Doubles with each failure of the same user, and stays below a round of reconciliation: the store may have come back. */
const ASIDE_MS = 1000
const MAX_ASIDE_MS = 16_000
/** Users who fail one after the other before it is taken for the store's fault after all. */
const ALL_FAIL = 3

export function createSaveQueue(options: SaveQueueOptions): SaveQueue {
  const { clock, mayWork, work } = options
  let queue: UserEntry[] = []
  let head = 0
  let batchSize = MAX_BATCH
  let inFlight = 0
  let running = false
  let disposed = false
  let heldUp = false
  let failures = 0
  /** Users who failed alone since anybody was saved. */
  const failedAlone = new Set<UserEntry>()
  let waiters: (() => void)[] = []
  let pause: { readonly timer: TimerHandle; end(): void } | null = null
  /** Users whose turn comes later: how often the store refused them while it took others. Each is tried alone. */
  const aside = new Map<UserEntry, { times: number; timer: TimerHandle | null }>()

  const waiting = () => queue.length - head
  const isAlone = (entry: UserEntry) => (aside.get(entry)?.times ?? 0) > 0
  const take = (): readonly UserEntry[] => {
    const first = queue[head] as UserEntry
    let size = isAlone(first) ? 1 : Math.min(batchSize, waiting())
    for (let i = 1; i < size; i++) if (isAlone(queue[head + i] as UserEntry)) size = i
    const batch = queue.slice(head, head + size)
    head += size
    if (head === queue.length) {
      queue = []
      head = 0
    }
    inFlight = size
    return batch
  }
  /** What a failed call left undecided comes first again. */
  const putBack = (batch: readonly UserEntry[]) => {
    const rest = queue.slice(head)
    const known = new Set(rest)
    const isLeft = (entry: UserEntry) => entry.busy && !known.has(entry) && (aside.get(entry)?.timer ?? null) === null
    queue = [...batch.filter(isLeft), ...rest]
    head = 0
  }
  const addLater = (entry: UserEntry, ms: number, times: number) => {
    const timer = clock.setTimer(() => {
      aside.set(entry, { times, timer: null })
      queue.push(entry)
      if (!running) void run()
    }, ms)
    aside.set(entry, { times, timer })
  }
  const setAside = (entry: UserEntry, error: unknown) => {
    const times = (aside.get(entry)?.times ?? 0) + 1
    const retryInMs = Math.min(ASIDE_MS * 2 ** (times - 1), MAX_ASIDE_MS)
    addLater(entry, retryInMs, times)
    options.onSetAside(entry, error, retryInMs)
  }
  const pauseFor = (ms: number) =>
    new Promise<void>((resolve) => {
      const end = () => {
        pause = null
        resolve()
      }
      pause = { timer: clock.setTimer(end, ms), end }
    })
  const rest = async (error: unknown) => {
    heldUp = true
    const retryInMs = RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)] as number
    options.onHeldUp(queue.slice(head), error, retryInMs)
    await pauseFor(retryInMs)
  }
  const onFailed = async (batch: readonly UserEntry[], error: unknown) => {
    const [only] = batch
    if (!(await options.answers())) {
      putBack(batch)
      return rest(error)
    }
    if (batch.length > 1) {
      putBack(batch)
      batchSize = Math.ceil(batch.length / 2)
    } else if (only?.busy) {
      // Alone in the queue it says nothing of others.
      if (failedAlone.add(only).size < ALL_FAIL || waiting() === 0) {
        setAside(only, error)
        return recover()
      }
      // Whoever comes next is tried next: one who always fails must not stand before all others for ever.
      queue = [...queue.slice(head), only]
      head = 0
      await rest(error)
    }
  }
  const onWorked = (batch: readonly UserEntry[]) => {
    if (aside.size > 0) for (const entry of batch) if (aside.get(entry)?.timer === null) aside.delete(entry)
    batchSize = Math.min(2 * batchSize, MAX_BATCH)
    failedAlone.clear()
    failures = 0
    recover()
  }
  const recover = () => {
    if (!heldUp) return
    heldUp = false
    options.onRecovered()
  }

  const run = async (): Promise<void> => {
    running = true
    while (waiting() > 0 && !disposed) {
      if (!mayWork()) {
        await rest(null)
        continue
      }
      const batch = take()
      try {
        const worked = await work(batch)
        inFlight = 0
        if (worked) onWorked(batch)
        else {
          putBack(batch)
          await rest(null)
        }
      } catch (error) {
        inFlight = 0
        await onFailed(batch, error)
      }
    }
    if (heldUp && !disposed) return probe()
    running = false
    settleWaiters()
  }
  /** What waited was dropped: nothing else would find out that the store answers again. */
  const probe = async (): Promise<void> => {
    if (mayWork() && (await options.answers())) recover()
    else await pauseFor(RETRY_MS[Math.min(failures++, RETRY_MS.length - 1)] as number)
    return run()
  }
  const isDrained = () => !running && [...aside.values()].every(({ timer }) => timer === null)
  const settleWaiters = () => {
    if (!isDrained() && !disposed) return
    const settled = waiters
    waiters = []
    for (const resolve of settled) resolve()
  }

  const saveQueue: SaveQueue = {
    add(entry) {
      if (entry.busy || disposed) return
      entry.busy = true
      queue.push(entry)
      if (!running) void run()
    },
    defer: (entry, ms) => addLater(entry, ms, aside.get(entry)?.times ?? 0),
    isHeldUp: () => heldUp,
    size: () => waiting() + inFlight,
    wake() {
      failures = 0
      if (pause === null) return
      clock.clearTimer(pause.timer)
      pause.end()
    },
    clear() {
      const dropped = queue.slice(head)
      queue = []
      head = 0
      for (const entry of dropped) entry.busy = false
      return dropped
    },
    drained: () => (isDrained() ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
    dispose() {
      disposed = true
      for (const { timer } of aside.values()) if (timer !== null) clock.clearTimer(timer)
      saveQueue.wake()
    },
  }
  return saveQueue
}
