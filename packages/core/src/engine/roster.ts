import { isPresent, type Json, type Status, sameJson, type UserRecord, viewOf } from '../machine/index.ts'
import type { Counts, Sequence, Topic, TopicDiff, TopicSnapshot, WireUser } from '../protocol/messages.ts'

/** For whom a roster is kept: one per topic and audience. */
export interface RosterKey {
  readonly topic: Topic
  readonly audience: 'others' | 'admin'
}

/** What goes out when pending changes are sent. */
export type RosterUpdate =
  | { readonly kind: 'diff'; readonly diff: TopicDiff }
  | { readonly kind: 'counts'; readonly counts: Counts; readonly sequence: Sequence }
  /** The mode changed. */
  | { readonly kind: 'snapshot'; readonly snapshot: TopicSnapshot }

/** Diffs kept for watchers that come back. */
const HISTORY = 256

/**
 * What one audience sees of one topic, as the last thing sent to it. The sequence moves only by changes that this
 * audience sees. No clock and no I/O: records go in, updates come out.
 */
export interface Roster {
  readonly key: RosterKey
  readonly sequence: Sequence
  readonly mode: 'list' | 'counts'
  /** Members as this audience sees them. */
  readonly size: number
  has(userId: string): boolean
  members(): IterableIterator<string>
  /** Takes a user's new state in; `true` if there is something to send. */
  put(userId: string, record: UserRecord | null): boolean
  /** Cuts what is pending into one update; `null` if nothing is. */
  cut(): RosterUpdate | null
  /** The whole state at the present sequence. Pending changes must have been cut before. */
  snapshot(): TopicSnapshot
  /** The diffs after `since`; `null` if they are not kept or of another generation. */
  replay(since: Sequence): readonly TopicDiff[] | null
}

/** What a roster keeps per member: the view it last sent or will send. */
type Cell = WireUser

export function createRoster(
  key: RosterKey,
  generation: string,
  large: { readonly above: number; readonly below: number },
): Roster {
  const { topic, audience } = key
  const kind = topic.slice(0, topic.indexOf(':')) as 'space' | 'user' | 'count'
  const name = topic.slice(kind.length + 1)
  const cells = new Map<string, Cell>()
  const pending = new Set<string>()
  let history: TopicDiff[] = []
  let n = 0
  let mode: 'list' | 'counts' = kind === 'count' ? 'counts' : 'list'
  let countsSent: Counts | null = null
  let modeChanged = false

  /** What this audience sees of a user here; `null`: the user does not stand here. */
  const cellOf = (userId: string, record: UserRecord | null): Cell | null => {
    const view = viewOf(record, userId, audience)
    if (kind === 'user') return audience === 'others' ? { ...view, spaces: [] } : view
    const spaces = view.spaces.filter(({ space }) => space === name)
    return spaces.length === 0 ? null : { ...view, spaces }
  }
  const sizeMode = () => {
    if (kind !== 'space') return
    const next =
      mode === 'list' ? (cells.size > large.above ? 'counts' : 'list') : cells.size < large.below ? 'list' : 'counts'
    if (next === mode) return
    mode = next
    modeChanged = true
    history = []
  }
  const sequence = (): Sequence => ({ generation, n })

  const roster: Roster = {
    key,
    get sequence() {
      return sequence()
    },
    get mode() {
      return mode
    },
    get size() {
      return cells.size
    },
    has: (userId) => cells.has(userId),
    members: () => cells.keys(),
    put(userId, record) {
      const cell = cellOf(userId, record)
      const before = cells.get(userId)
      if (
        cell === null
          ? before === undefined
          : before !== undefined && sameJson(before as unknown as Json, cell as unknown as Json)
      ) {
        return pending.size > 0
      }
      if (cell === null) cells.delete(userId)
      else cells.set(userId, cell)
      pending.add(userId)
      sizeMode()
      return true
    },
    cut() {
      if (pending.size === 0) return null
      const changed = [...pending]
      pending.clear()
      if (modeChanged) {
        modeChanged = false
        n++
        return { kind: 'snapshot', snapshot: roster.snapshot() }
      }
      if (mode === 'counts') {
        const counts = countsOf(cells.values())
        if (countsSent !== null && sameJson(counts as unknown as Json, countsSent as unknown as Json)) return null
        countsSent = counts
        n++
        return { kind: 'counts', counts, sequence: sequence() }
      }
      n++
      const diff: TopicDiff = {
        topic,
        sequence: sequence(),
        set: changed.flatMap((userId) => cells.get(userId) ?? []),
        gone: changed.filter((userId) => !cells.has(userId)),
      }
      history.push(diff)
      if (history.length > HISTORY) history.shift()
      return { kind: 'diff', diff }
    },
    snapshot() {
      return {
        topic,
        sequence: sequence(),
        mode,
        users: mode === 'list' ? [...cells.values()] : [],
        counts: mode === 'counts' ? countsOf(cells.values()) : null,
      }
    },
    replay(since) {
      if (since.generation !== generation || mode === 'counts' || since.n > n) return null
      const diffs = history.filter((diff) => diff.sequence.n > since.n)
      return diffs.length === n - since.n ? diffs : null
    },
  }
  return roster
}

/** Present users by status. */
function countsOf(users: Iterable<{ readonly status: Status }>): Counts {
  const counts = { present: 0, online: 0, away: 0, busy: 0, dnd: 0 }
  for (const { status } of users) {
    if (!isPresent(status)) continue
    counts.present++
    counts[status as Exclude<Status, 'offline'>]++
  }
  return counts
}
