import { createTrace, type Trace } from './trace.ts'

/** Who an event happens to. While it is stalled its events wait, once it is dead they do not happen. */
export interface Owner {
  readonly dead: boolean
  /** World time until which nothing of it runs. */
  readonly stalledUntil: number
}

/** Something that will happen. */
export interface WorldEvent {
  readonly at: number
  /** Does nothing to an event that happened. */
  cancel(): void
}

export interface EventOptions {
  /** `null`: the world itself, such as the store or the network. */
  readonly owner?: Owner | null
  /** For the trace. */
  readonly what: string
  /** Something on its way, rather than something that waits: while there is any, the world is not at rest. */
  readonly travels?: boolean
}

/** Virtual time, and everything that will happen in it. One thing happens at a time, and settles before the next. */
export interface World {
  /** In ms from the beginning. */
  readonly now: number
  readonly steps: number
  /** Calls, answers, messages and deliveries on their way. */
  readonly travelling: number
  /** When the last of them arrived. */
  readonly movedAt: number
  readonly trace: Trace
  /** Who runs in this step: its code may ask the platform for the time. `null`: the world itself. */
  readonly acting: Owner | null
  /** What follows in this step is done by `owner`. */
  actAs(owner: Owner): void
  /** Events of one instant happen in the order in which they were asked for. */
  at(time: number, options: EventOptions, run: () => void): WorldEvent
  /** Lets the next event happen; `false`: there is none until `until`, which it now is. */
  step(until: number): Promise<boolean>
}

interface Entry extends WorldEvent {
  at: number
  order: number
  readonly options: EventOptions
  run: (() => void) | null
}

export function createWorld(): World {
  const heap: Entry[] = []
  const trace = createTrace()
  let now = 0
  let order = 0
  let steps = 0
  let travelling = 0
  let movedAt = 0
  let acting: Owner | null = null

  const done = (entry: Entry) => {
    entry.run = null
    if (!entry.options.travels) return
    travelling--
    movedAt = now
  }
  return {
    get now() {
      return now
    },
    get steps() {
      return steps
    },
    get travelling() {
      return travelling
    },
    get movedAt() {
      return movedAt
    },
    trace,
    get acting() {
      return acting
    },
    actAs(owner) {
      acting = owner
    },
    at(time, options, run) {
      const entry: Entry = {
        at: Math.max(now, time),
        order: order++,
        options,
        run,
        cancel: () => {
          if (entry.run !== null) done(entry)
        },
      }
      if (options.travels) travelling++
      push(heap, entry)
      return entry
    },
    async step(until) {
      for (;;) {
        const entry = heap[0]
        if (entry === undefined || entry.at > until) {
          now = Math.max(now, until)
          return false
        }
        pop(heap)
        const { run, options } = entry
        if (run === null) continue
        const { owner = null } = options
        if (owner !== null && owner.stalledUntil > entry.at && !owner.dead) {
          entry.at = owner.stalledUntil
          // What waited happens in the order in which it came: an answer before the timer that was to give it up later.
          entry.order = order++
          push(heap, entry)
          continue
        }
        now = Math.max(now, entry.at)
        done(entry)
        if (owner?.dead) continue
        steps++
        trace.note(now, options.what)
        acting = owner
        run()
        await settle()
        acting = null
        return true
      }
    },
  }
}

/** Every promise that can go on has gone on. The only use of the platform's own loop. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.at !== b.at ? a.at < b.at : a.order < b.order
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.length
  while (at > 0) {
    const parent = (at - 1) >> 1
    const other = heap[parent] as Entry
    if (!isBefore(entry, other)) break
    heap[at] = other
    at = parent
  }
  heap[at] = entry
}

function pop(heap: Entry[]): void {
  const last = heap.pop() as Entry
  if (heap.length === 0) return
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && isBefore(heap[child + 1] as Entry, heap[child] as Entry)) child++
    if (!isBefore(heap[child] as Entry, last)) break
    heap[at] = heap[child] as Entry
    at = child
  }
  heap[at] = last
}
