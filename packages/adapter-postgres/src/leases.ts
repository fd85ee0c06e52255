import type { PresenceStore } from '@rollcall/core'
import { deadlineIn } from './deadline.ts'
import type { Names } from './names.ts'
import type { Statements } from './statements.ts'
import { bucketOf, payloadOf } from './topics.ts'

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
  const renewText = names.sql('SELECT * FROM :"schema".presence_renew($1, $2, $3, $4, $5, $6, $7, $8)')
  const deadText = names.sql('SELECT node_id, is_cursor FROM :"schema".presence_dead($1, $2, $3, $4)')
  const removeText = names.sql('SELECT :"schema".presence_remove($1, $2) AS removed')

  return {
    async now() {
      const asked = performance.now()
      const text = 'SELECT extract(epoch FROM clock_timestamp())::float8 * 1000 AS now'
      const [row] = await apart.rows<{ now: number }>(text, [])
      return steady(row?.now ?? Number.NEGATIVE_INFINITY, performance.now() - asked)
    },
    async renewNode(nodeId, until, now, { afterMs, forMs }) {
      const topic = `node:${nodeId}` as const
      const echo = payloadOf({ topic, signal: { type: 'renewed', until } })
      const channel = `${names.channel}${bucketOf(topic)}`
      const deadline = deadlineIn(timeoutMs)
      const values = [nodeId, until, now, afterMs, forMs, channel, echo, deadline.lockMs()]
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
      const values = [now, cursor ?? '', limit, deadline.lockMs()]
      const found = await pooled.rows<{ node_id: string; is_cursor: boolean }>(deadText, values, deadline)
      return {
        items: found.filter(({ is_cursor }) => !is_cursor).map(({ node_id }) => node_id),
        next: found.find(({ is_cursor }) => is_cursor)?.node_id ?? null,
      }
    },
    async removeNode(nodeId) {
      const deadline = deadlineIn(timeoutMs)
      const [row] = await pooled.rows<{ removed: boolean }>(removeText, [nodeId, deadline.lockMs()], deadline)
      return row?.removed ?? false
    },
  }
}

/**
 * Never falls: after a step back of the server's clock time goes on from the highest answer at the clock's pace. That
 * answers of calls at once come in another order than they were given explains at most their round trip, and is no step.
 */
function createSteadyTime(): (time: number, roundTripMs: number) => number {
  let highest = Number.NEGATIVE_INFINITY
  let offset = 0
  return (time, roundTripMs) => {
    const behind = highest - (time + offset)
    if (behind > roundTripMs) offset += behind
    highest = Math.max(highest, time + offset)
    return highest
  }
}
