import type { FeedChange, FeedSignal, Json, PublishedTopic, UserRecord } from '@rollcall/core'
import type { Names } from './names.ts'
import type { OwnChanges, Published } from './own-changes.ts'
import type { Statements } from './statements.ts'
import type { Notice } from './topics.ts'

/** What was notified and not handed on yet, for it must be read back first. */
export interface Inbox {
  take(notices: readonly Notice[]): void
  takeSignal(signal: FeedSignal): void
  /** A signal that was written down. */
  takeRow(id: number): void
  /** A new session: what came by the old one says nothing of what comes by this one. */
  reset(): void
}

export interface InboxOptions {
  readonly statements: Statements
  readonly names: Names
  readonly own: OwnChanges
  isConcerned(published: Pick<Published, 'topics'>): boolean
  onChanges(changes: readonly FeedChange[]): void
  onSignal(signal: FeedSignal): void
  /** What was notified could not be read back. */
  onMissed(): void
}

interface ChangeRow {
  readonly id: string
  readonly user_id: string | null
  readonly epoch: number
  readonly version: number
  readonly record: UserRecord | null
  readonly note: Json
  readonly topics: readonly PublishedTopic[]
}

/** Ids that are remembered, for a change may be notified on several channels. */
const REMEMBERED = 8192
/** Notices that wait while reading is slow; above it they are given up. */
const MOST = 50_000

export function createInbox(options: InboxOptions): Inbox {
  const { statements, names, own } = options
  const text = names.sql(
    `SELECT id, user_id, epoch, version, record, note, to_jsonb(topics) AS topics
    FROM :"schema".presence_change WHERE id = ANY ($1::bigint[])`,
  )
  let waiting: Notice[] = []
  let rows: number[] = []
  let seen = new Set<number>()
  let running = false

  const isNew = (id: number): boolean => {
    if (seen.has(id)) return false
    seen.add(id)
    if (seen.size > REMEMBERED) seen = new Set([...seen].slice(REMEMBERED / 2))
    return true
  }
  const read = async (ids: readonly number[]): Promise<ReadonlyMap<number, ChangeRow>> => {
    if (ids.length === 0) return new Map()
    const found = await statements.rows<ChangeRow>(text, [ids])
    if (found.length < ids.length) options.onMissed()
    return new Map(found.map((row) => [Number(row.id), row]))
  }
  const handOn = async () => {
    // Ids of one user rise with each save, and so they do in a call; what came at once is told at once.
    const notices = waiting.sort((a, b) => a.id - b.id)
    const ids = rows
    waiting = []
    rows = []
    const found = new Map(notices.map(({ id, call, position }) => [id, own.find(call, position)]))
    const missing = notices.filter(({ id }) => found.get(id) === null).map(({ id }) => id)
    const byId = await read([...missing, ...ids])
    const changes = notices.flatMap(({ id }) => {
      const row = byId.get(id)
      const published = found.get(id) ?? (row === undefined ? null : publishedOf(row))
      return published !== null && options.isConcerned(published) ? [published.change] : []
    })
    if (changes.length > 0) options.onChanges(changes)
    for (const id of ids) {
      const row = byId.get(id)
      if (row !== undefined) options.onSignal({ topic: row.topics[0] as PublishedTopic, signal: row.note })
    }
  }
  const run = async () => {
    running = true
    // Notifications of one transaction come in one turn.
    await Promise.resolve()
    while (waiting.length + rows.length > 0) {
      try {
        await handOn()
      } catch {
        options.onMissed()
      }
    }
    running = false
  }
  const begin = () => {
    if (waiting.length + rows.length > MOST) {
      waiting = []
      rows = []
      options.onMissed()
    }
    if (!running && waiting.length + rows.length > 0) void run()
  }

  return {
    take(notices) {
      for (const notice of notices) if (isNew(notice.id)) waiting.push(notice)
      begin()
    },
    takeSignal: options.onSignal,
    takeRow(id) {
      rows.push(id)
      begin()
    },
    reset() {
      seen = new Set()
    },
  }
}

function publishedOf({ user_id, epoch, version, record, note, topics }: ChangeRow): Published {
  return { change: { userId: user_id ?? '', epoch, version, record, note }, topics }
}
