import type { Client, Pool, PoolClient } from 'pg'
import { type Deadline, deadlineIn } from './deadline.ts'
import { failureOf, isCrossed, isRefusal } from './failures.ts'

/** What is needed of a pool; pg's is one. */
export type Connecting = Pick<Pool, 'connect'>

/** Statements on whatever connection is free. */
export interface Statements {
  /**
   * The rows of one statement, which is a transaction of its own. Rejects with a `PresenceError` once the deadline has
   * passed; the statement may then have been executed, or be executed later. A value that is a function is asked for
   * with each attempt.
   */
  rows<Row>(text: string, values: readonly unknown[], deadline?: Deadline): Promise<Row[]>
}

const BOOL = 16
const NUMBERS = [21, 23, 700, 701]
const JSONS = [114, 3802]

/** Ours alone: applications set the parsers of the driver for all who use it. */
const PARSERS = {
  getTypeParser: (oid: number) => (value: string) => {
    if (oid === BOOL) return value === 't'
    if (NUMBERS.includes(oid)) return Number(value)
    return JSONS.includes(oid) ? JSON.parse(value) : value
  },
}

/** Longest pause before what crossed another transaction is tried again, in ms. */
const PAUSE_MS = 20

/**
 * No statement is prepared by name, and nothing is set that outlives its transaction: the pool may be one of PgBouncer's
 * transactions.
 */
export function createStatements(pool: Connecting, timeoutMs: number): Statements {
  const attempt = async <Row>(text: string, values: readonly unknown[], deadline: Deadline): Promise<Row[]> => {
    const client = await deadline.within(pool.connect(), (late) => late.release())
    // Without a listener a connection that breaks would end the process.
    client.on('error', ignore)
    let broken: Error | undefined
    try {
      const { rows } = await deadline.within(client.query({ text, values: values.map(valueNow), types: PARSERS }))
      return rows as Row[]
    } catch (error) {
      // What may still be running must not be handed to the next one.
      if (!isRefusal(error)) broken = error as Error
      throw error
    } finally {
      giveBack(client, broken)
    }
  }
  return {
    async rows<Row>(text: string, values: readonly unknown[], deadline = deadlineIn(timeoutMs)) {
      for (;;) {
        try {
          return await attempt<Row>(text, values, deadline)
        } catch (error) {
          if (!isCrossed(error) || deadline.left() < PAUSE_MS) throw failureOf(error)
          await new Promise((resolve) => setTimeout(resolve, Math.random() * PAUSE_MS))
        }
      }
    },
  }
}

function valueNow(value: unknown): unknown {
  return typeof value === 'function' ? value() : value
}

function giveBack(client: PoolClient, broken: Error | undefined): void {
  // The last word of a connection that is closed here may be an error too.
  if (broken === undefined) client.off('error', ignore)
  client.release(broken)
}

/** `end` only says goodbye: the socket then stays until the other side closes it, which it may never do. */
export function hangUp({ connection }: Client | PoolClient): void {
  connection.stream.destroy()
}

/** A listener for what is told by another way too. */
export function ignore(): void {}
