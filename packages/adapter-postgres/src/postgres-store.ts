import { type Duration, type FeedSubscription, PresenceError, type PresenceStore, toMs } from '@rollcall/core'
import type { ClientConfig, Pool } from 'pg'
import { createLeasePool } from './lease-pool.ts'
import { createLeases } from './leases.ts'
import { DEFAULT_SCHEMA, demandMigrated } from './migrate.ts'
import { namesIn } from './names.ts'
import { createOwnChanges } from './own-changes.ts'
import { createPruning } from './pruning.ts'
import { createReads } from './reads.ts'
import { createSave } from './save.ts'
import { createStatements, ignore, type Statements } from './statements.ts'
import { openSubscription } from './subscription.ts'

export interface PostgresStoreOptions {
  /** The schema that `migrate` made; one for each application in a database. @default 'rollcall' */
  readonly schema?: string
  /**
   * How long any call may take. Must be below the `nodeLease` of the engine. A call that failed by it may have been
   * executed, or be executed later. @default '5s'
   */
  readonly timeout?: Duration
  /**
   * How the store opens the connections that are its own: one for each subscription, which listens, and one for leases.
   * Where the pool goes through a transaction pooler such as PgBouncer, this must go round it. @default as the pool does
   */
  readonly listen?: ClientConfig
}

/**
 * A store on PostgreSQL 14 or later. Run `migrate` before; the first call checks that it was, and every call rejects with
 * `store-unfit` until it is.
 *
 * The pool stays the application's: it is never closed here. Its errors are listened to, for good, so that idle
 * connections which break, as in a restart of the server, do not end the process. `close` ends the store's own
 * connections.
 *
 * Saves are fenced, and published in the transaction that saves them. A lost listening session is replaced, and told as
 * a gap. There is no offline queue: nothing is sent again but what the server rolled back for the sake of another
 * transaction.
 */
export function postgresStore(pool: Pool, options: PostgresStoreOptions = {}): PresenceStore {
  const names = namesIn(options.schema ?? DEFAULT_SCHEMA)
  const timeoutMs = toMs(options.timeout ?? '5s', 'timeout')
  if (timeoutMs < 1) {
    throw new PresenceError('invalid-option', `timeout is ${timeoutMs} ms; give more than 0`, { option: 'timeout' })
  }
  const config = options.listen ?? settingsOf(pool)
  const leasePool = createLeasePool(config, timeoutMs)
  // Stays after `close`: what breaks then is still being closed.
  if (!pool.listeners('error').includes(ignore)) pool.on('error', ignore)
  const subscriptions = new Set<FeedSubscription>()
  let closed = false
  let checked: Promise<void> | null = null

  const plain = createStatements(pool, timeoutMs)
  /** The first call finds out whether the schema will do; until it does every call asks anew. */
  const ready = async (): Promise<void> => {
    if (closed) throw new PresenceError('not-running', 'the store was closed; make another one')
    checked ??= demandMigrated(plain, names).catch((error: unknown) => {
      checked = null
      throw error
    })
    await checked
  }
  const onceReady = ({ rows }: Statements): Statements => ({
    async rows(...args) {
      await ready()
      return rows(...args)
    },
  })
  const statements = onceReady(plain)
  const apart = onceReady(createStatements(leasePool, timeoutMs))
  const own = createOwnChanges(Math.random().toString(36).slice(2, 12))
  const prune = createPruning(statements, names)
  const save = createSave({ statements, names, own, prune, timeoutMs })

  return {
    capabilities: {
      name: 'postgres',
      durable: true,
      shared: true,
      fencedSaves: true,
      atomicPublication: true,
      feed: { kind: 'push' },
    },
    ...createReads(statements, names),
    ...createLeases({ apart, pooled: statements, names, timeoutMs }),
    save,
    async subscribe(listener) {
      await ready()
      const onClosed = (gone: FeedSubscription) => subscriptions.delete(gone)
      const opened = await openSubscription(listener, { statements, names, own, prune, config, timeoutMs, onClosed })
      subscriptions.add(opened)
      if (closed) await opened.close()
      return opened
    },
    async close() {
      if (closed) return
      closed = true
      await Promise.all([...[...subscriptions].map((subscription) => subscription.close()), leasePool.close()])
    },
  }
}

/** A pool hides its password from whoever copies its settings. */
function settingsOf({ options }: Pool): ClientConfig {
  const { password } = options as ClientConfig
  return { ...options, ...(password === undefined ? {} : { password }) }
}
