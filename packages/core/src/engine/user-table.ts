import type { PresenceEvent, UserRecord } from '../machine/index.ts'
import type { Clock } from '../time/clock.ts'
import { createScheduler } from './scheduler.ts'
import type { StoreTime } from './store-time.ts'
import { createUserEntry, isIdle, type UserEntry } from './user-entry.ts'

/** The users this node has something to do with, their next deadlines, and the last inputs of the connections it holds. */
export interface UserTable {
  /** Last input by handle slot; handles write it, decisions read it. */
  inputs: Float64Array
  /** When the connection of a handle slot was opened, in ms of store time; up to 16 ms late. */
  openedAt(slot: number): number
  setOpenedAt(slot: number, at: number): void
  /** The user's entry; made if there is none. */
  entryOf(userId: string): UserEntry
  /** The entry if this node has one. */
  peek(userId: string): UserEntry | undefined
  entries(): IterableIterator<UserEntry>
  /** Signs of life that nobody can see and that may wait; at most one per connection or session. */
  quietOf(entry: UserEntry): readonly PresenceEvent[]
  setQuiet(entry: UserEntry, events: readonly PresenceEvent[]): void
  /** When the entry is to be looked after; `null`: not by itself. */
  arm(entry: UserEntry, at: number | null): void
  /** Not later than `at`. */
  armBy(entry: UserEntry, at: number): void
  /** Something happened to the user, whose record is kept for a while, unless the entry was released. */
  remember(entry: UserEntry): void
  /** Lets go of an entry with nothing left to do. */
  release(entry: UserEntry): void
  takeSlot(): number
  freeSlot(slot: number): void
  dispose(): void
}

/** Users whose records are kept because something happened to them lately. */
const REMEMBERED = 1024
const GROWTH = 1.25
const NONE: readonly never[] = []
const OPENING_UNIT_MS = 16

/** @param onDue The time came that an entry was armed for. */
export function createUserTable(clock: Clock, time: StoreTime, onDue: (entry: UserEntry) => void): UserTable {
  const users = new Map<string, UserEntry>()
  /** Apart from the entries, for few have any. */
  const quiet = new Map<UserEntry, readonly PresenceEvent[]>()
  const bySlot: (UserEntry | undefined)[] = []
  const freeUserSlots: number[] = []
  const freeHandleSlots: number[] = []
  let handleSlots = 0
  /** In units of 16 ms since `base`: half the room of a time, and enough for two years. */
  let openings = new Uint32Array(64)
  let base: number | null = null
  const remembered: UserEntry[] = []
  let rememberAt = 0
  const scheduler = createScheduler(clock, time.now, (slot) => {
    const entry = bySlot[slot]
    if (entry !== undefined) onDue(entry)
  })

  const table: UserTable = {
    inputs: new Float64Array(64),
    entryOf(userId) {
      const known = users.get(userId)
      if (known !== undefined) return known
      const slot = freeUserSlots.pop() ?? bySlot.length
      const entry = createUserEntry(userId, slot)
      bySlot[slot] = entry
      users.set(userId, entry)
      return entry
    },
    peek: (userId) => users.get(userId),
    entries: () => users.values(),
    quietOf: (entry) => (quiet.size === 0 ? NONE : (quiet.get(entry) ?? NONE)),
    setQuiet(entry, events) {
      if (events.length > 0) quiet.set(entry, events)
      else if (quiet.size > 0) quiet.delete(entry)
    },
    arm(entry, at) {
      if (at === null) scheduler.disarm(entry.slot)
      else scheduler.arm(entry.slot, at)
    },
    armBy(entry, at) {
      scheduler.armBy(entry.slot, at)
    },
    remember(entry) {
      if (bySlot[entry.slot] !== entry) return
      // Records of quiet users are not kept: they are as many as there are users, and seldom needed.
      const oldest = remembered[rememberAt]
      if (oldest !== undefined && oldest !== entry && !oldest.busy && !isMemorable(oldest.stored)) {
        oldest.stored = undefined
      }
      remembered[rememberAt] = entry
      rememberAt = (rememberAt + 1) % REMEMBERED
    },
    release(entry) {
      if (!isIdle(entry) || quiet.has(entry)) return
      scheduler.disarm(entry.slot)
      bySlot[entry.slot] = undefined
      freeUserSlots.push(entry.slot)
      users.delete(entry.userId)
    },
    openedAt: (slot) => (base ?? 0) + (openings[slot] as number) * OPENING_UNIT_MS,
    setOpenedAt(slot, at) {
      // Rounded up: a connection that was opened before a sign-out is closed by it, never by its stamp.
      base ??= at
      openings[slot] = Math.max(0, Math.ceil((at - base) / OPENING_UNIT_MS))
    },
    takeSlot() {
      const slot = freeHandleSlots.pop() ?? handleSlots++
      if (slot >= table.inputs.length) {
        const inputs = new Float64Array(Math.ceil(table.inputs.length * GROWTH))
        inputs.set(table.inputs)
        table.inputs = inputs
        const grown = new Uint32Array(inputs.length)
        grown.set(openings)
        openings = grown
      }
      table.inputs[slot] = 0
      return slot
    },
    freeSlot(slot) {
      freeHandleSlots.push(slot)
    },
    dispose() {
      scheduler.dispose()
    },
  }
  return table
}

/** What a store that loses its data would lose for good: it cannot be read off the connections. */
function isMemorable(record: UserRecord | null | undefined): boolean {
  if (record == null) return false
  const { claims, message, ended, signedOutAt, connections, lastSeenToAt } = record
  if (claims.length > 0 || message !== null || ended.length > 0) return true
  return signedOutAt > 0 || lastSeenToAt > 0 || connections.some(({ lost }) => lost !== null)
}
