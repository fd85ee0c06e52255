import type { ProjectedState, ProjectionTarget } from '../../src/index.ts'

/** Rows of an application that lie in memory, and count what is written to them. */
export interface Rows extends ProjectionTarget {
  read: ProjectionTarget['read']
  online: ProjectionTarget['online']
  readonly rows: Map<string, ProjectedState>
  /** Batches that were taken or failed, oldest first. */
  readonly writes: (readonly ProjectedState[])[]
  /** The row of a user: of the same id, unless a test says otherwise. */
  rowIdOf: (userId: string) => string
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
    rowIdOf: (userId) => userId,
    fail: null,
    async write(states) {
      target.writes.push(states)
      target.fail?.(states)
      for (const state of states) {
        const userId = target.rowIdOf(state.userId)
        const row = target.rows.get(userId)
        if (row === undefined) continue
        if (state.epoch > row.epoch || (state.epoch === row.epoch && state.version > row.version)) {
          target.rows.set(userId, { ...state, userId })
        }
      }
    },
    async read(ids) {
      return new Map(
        ids.flatMap((id): [string, ProjectedState][] => {
          const row = target.rows.get(target.rowIdOf(id))
          return row === undefined ? [] : [[id, row]]
        }),
      )
    },
    async *online(limit) {
      const rows = [...target.rows.values()].filter(({ isOnline }) => isOnline)
      for (let i = 0; i < rows.length; i += limit) yield rows.slice(i, i + limit)
    },
  }
  return target
}
