import {
  createProjection,
  type Duration,
  PresenceError,
  type PresenceStore,
  type Projection,
  type ProjectionOptions,
  toMs,
} from '@rollcall/core'
import { createTarget, type IdOf } from './projection-target.ts'
import { type Connecting, createStatements } from './statements.ts'
import { type Columns, DEFAULT_COLUMNS, inspectTable } from './user-table.ts'

export interface PostgresProjectionOptions extends Omit<ProjectionOptions, 'target' | 'store'> {
  /** The store that `presence` was made with. */
  readonly store: Pick<PresenceStore, 'load' | 'list'>
  readonly pool: Connecting
  /** The application's table of users, as SQL names it: `users`, `app.users`, `"User"`. */
  readonly table: string
  /** Its column that says which user. Must be unique, and indexed. @default 'id' */
  readonly id?: string
  /** The id of a user's row; `null`, or a throw: the user has none. @default the user's own id */
  readonly toId?: IdOf
  /**
   * The user of a row's id, read as text. Must give the very id that users connect under, spelling and all: a repair
   * looks for it. @default the id as text; not where `toId` is given
   */
  readonly fromId?: (id: string) => string
  /** What to write where; `false`: not at all. `epoch` and `version` are the key, and must have columns. */
  readonly columns?: Partial<Columns>
  /** How long a statement may take. @default '5s' */
  readonly timeout?: Duration
}

/**
 * Keeps columns of the application's own table of users at what others see: whether online, the status, and two stamps.
 * In batches, only what changed, and never back to an older state. Run it in every process that runs `presence`.
 *
 * @throws `store-unfit` when the table or a column is not there, naming what to add; `invalid-option`
 */
export async function projection(options: PostgresProjectionOptions): Promise<Projection> {
  const { pool, table, id = 'id', columns, timeout = '5s', ...rest } = options
  const { toId = (userId: string) => userId, fromId = (rowId: string) => rowId } = options
  if (options.toId !== undefined && options.fromId === undefined) {
    throw new PresenceError('invalid-option', 'toId is given without fromId; give the way back too', {
      option: 'fromId',
    })
  }
  const statements = createStatements(pool, toMs(timeout, 'timeout'))
  const userTable = await inspectTable(statements, table, id, { ...DEFAULT_COLUMNS, ...columns })
  return createProjection({ ...rest, target: createTarget({ statements, table: userTable, toId, fromId }) })
}
