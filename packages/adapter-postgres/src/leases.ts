import type { PresenceStore } from '@rollcall/core'
import { deadlineIn } from './deadline.ts'
import type { Names } from './names.ts'
import type { Statements } from './statements.ts'
import { bucketOf, payloadOf } from './topics.ts'

interface TimeRow {
  readonly clock: number
  /** The highest time that any node renewed by; 0: none did. */
  readonly renewed_at: number
}

interface RenewalRow {
  readonly stands: boolean
  readonly is_new: boolean
  readonly users: number
  readonly rev_sum: string
  readonly hold_off_until: number
}

export interface LeasesOptions {
  /** A connection that nobody else uses: a node must be able to renew however busy the pool is. */
  readonly apart: Statements
  readonly pooled: Statements
  readonly names: Names
  readonly timeoutMs: number
}

/** Node leases, and the store's clock, by which they are measured. */
export function createLeases(
  options: LeasesOptions,
): Pick<PresenceStore, 'now' | 'renewNode' | 'deadNodes' | 'removeNode'> {
  const { apart, pooled, names, timeoutMs } = options
  const steady = createSteadyTime()
  const nowText = names.sql(
    `SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS clock,
      coalesce((SELECT renewed_at FROM :"schema".presence_cluster), 0) AS renewed_at`,
  )
  const renewText = names.sql('SELECT * FROM :"schema".presence_renew($1, $2, $3, $4, $5, $6, $7, $8)')
  const deadText = names.sql('SELECT node_id, is_cursor FROM :"schema".presence_dead($1, $2, $3, $4)')
  const removeText = names.sql('SELECT :"schema".presence_remove($1, $2) AS removed')

  return {
    async now() {
      const asked = performance.now()
      const [row] = (await apart.rows<TimeRow>(nowText, [])) as [TimeRow]
      return steady(row, performance.now() - asked)
    },
    async renewNode(nodeId, until, now, { afterMs, forMs }) {
      const topic = `node:${nodeId}` as const
      const echo = payloadOf({ topic, signal: { type: 'renewed', until } })
      const channel = `${names.channel}${bucketOf(topic)}`
      const deadline = deadlineIn(timeoutMs)
      const values = [nodeId, until, now, afterMs, forMs, channel, echo, deadline.lockMs]
      const [row] = (await apart.rows<RenewalRow>(renewText, values, deadline)) as [RenewalRow]
      return {
        stands: row.stands,
        isNew: row.is_new,
        digest: { count: row.users, sum: Number(BigInt(row.rev_sum) % 2n ** 32n) },
        holdOffUntil: row.hold_off_until,
      }
    },
    async deadNodes(now, cursor, limit) {
      const deadline = deadlineIn(timeoutMs)
      const values = [now, cursor ?? '', limit, deadline.lockMs]
      const found = await pooled.rows<{ node_id: string; is_cursor: boolean }>(deadText, values, deadline)
      return {
        items: found.filter(({ is_cursor }) => !is_cursor).map(({ node_id }) => node_id),
        next: found.find(({ is_cursor }) => is_cursor)?.node_id ?? null,
      }
    },
    async removeNode(nodeId) {
      const deadline = deadlineIn(timeoutMs)
      const [row] = await pooled.rows<{ removed: boolean }>(removeText, [nodeId, deadline.lockMs], deadline)
      return row?.removed ?? false
    },
  }
}

/** Nodes measure store time with an error of half a round trip, of a second at most: what is ahead by more was a step. */
const MEASURED_BADLY_MS = 1_000

/**
 * Never falls: after a step back of the server's clock time goes on at the clock's pace from the highest answer, for a
 * handle that gave none from what others renewed by. That answers of calls at once come in another order than they were
 * given explains at most their round trip, and is no step.
 */
function createSteadyTime(): (row: TimeRow, roundTripMs: number) => number {
  let highest = Number.NEGATIVE_INFINITY
  let offset = 0
  return ({ clock, renewed_at }, roundTripMs) => {
    if (highest - (clock + offset) > roundTripMs) offset = highest - clock
    if (renewed_at - (clock + offset) > MEASURED_BADLY_MS) offset = renewed_at - clock
    highest = Math.max(highest, clock + offset)
    return highest
  }
}
