import type { ProjectedState, ProjectionTarget } from '../../src/index.ts'

/** Rows of an application that lie in memory, and count what is written to them. */
export interface Rows extends ProjectionTarget {
  read: ProjectionTarget['read']
  readonly rows: Map<string, ProjectedState>
  /** Batches that were taken or failed, oldest first. */
  readonly writes: (readonly ProjectedState[])[]
  /** What the next writes do instead. */
  fail: ((states: readonly ProjectedState[]) => void) | null
}

export function createRows(...userIds: readonly string[]): Rows {
  const blank = {
    isOnline: false,
    status: 'offline',
    lastActiveAt: null,
    lastSeenAt: null,
    epoch: 0,
    version: 0,
  } as const
  const target: Rows = {
    rows: new Map(userIds.map((userId) => [userId, { userId, ...blank }])),
    writes: [],
    fail: null,
    async write(states) {
      target.writes.push(states)
      target.fail?.(states)
      for (const state of states) {
        const row = target.rows.get(state.userId)
        if (row === undefined) continue
        if (state.epoch > row.epoch || (state.epoch === row.epoch && state.version > row.version)) {
          target.rows.set(state.userId, state)
        }
      }
    },
    async read(ids) {
      return ids.flatMap((userId) => target.rows.get(userId) ?? [])
    },
    async online(cursor, limit) {
      const after = [...target.rows.values()]
        .filter(({ isOnline, userId }) => isOnline && (cursor === null || userId > cursor))
        .sort((a, b) => (a.userId < b.userId ? -1 : 1))
      const items = after.slice(0, limit)
      return { items, next: after.length > limit ? (items.at(-1)?.userId ?? null) : null }
    },
  }
  return target
}
