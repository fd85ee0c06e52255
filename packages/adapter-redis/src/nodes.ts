import type { NodeRenewal, Page } from '@rollcall/core'
import { compareBytes } from './byte-order.ts'
import type { Caller } from './caller.ts'
import type { Commands } from './commands.ts'
import type { Layout } from './layout.ts'
import { runOver } from './reach.ts'

/** How long after its lease a node is remembered, so that a killed one cannot come back; in ms. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000
/** Candidates looked at in one call. */
const MOST = 1_000

export interface NodesOptions {
  readonly layout: Layout
  readonly isCluster: boolean
}

/** Of a node in a partition: how many records name it, and the sum of their revs. */
type Digest = readonly [count: number, sum: number]

const NOTHING: Digest = [0, 0]

/** What a renewal says to those who listen to the node's topic. */
export interface Echo {
  readonly channel: string
  readonly text: string
  /** What each other partition of a Cluster says to them. */
  probe(partition: number): { readonly channel: string; readonly text: string }
}

/** Leases, which lie in one place so that a kill and a renewal cannot both win, and marks of the killed in each partition. */
export function createNodes({ layout, isCluster }: NodesOptions) {
  const leaseKeys = [layout.leases, layout.killedNodes, layout.state]
  const placed = layout.all.map((partition) => ({ partition }))

  let auditedNode = ''
  let known = new Map<number, Digest>()

  /** From when this resolves nothing that these nodes write passes. */
  const mark = async (commands: Commands, at: string, nodeIds: readonly string[]): Promise<void> => {
    const args = [at, String(Number(at) - 2 * REMEMBERED_MS), ...nodeIds]
    await runOver(
      commands,
      isCluster,
      'mark',
      placed,
      ({ partition }) => layout.killed(partition),
      () => args,
    )
  }
  const named = async (commands: Commands): Promise<readonly string[]> => {
    const answers = await runOver(
      commands,
      isCluster,
      'named',
      placed,
      ({ partition }) => layout.sums(partition),
      () => [],
    )
    return [...new Set(answers.flatMap(({ answer }) => answer as string[]))].sort(compareBytes)
  }

  return {
    /** The lease decides: where a partition of a Cluster does not answer in time, its part of the digest is the one known last. */
    async renew(
      call: Caller['call'],
      nodeId: string,
      times: { readonly until: number; readonly now: number; readonly afterMs: number; readonly forMs: number },
      echo: Echo,
    ): Promise<NodeRenewal> {
      const { until, now, afterMs, forMs } = times
      const near = isCluster ? [layout.nodesPartition] : layout.all
      const far = isCluster ? layout.all.filter((partition) => partition !== layout.nodesPartition) : []
      const numbers = [until, now, afterMs, forMs, REMEMBERED_MS].map(String)
      if (auditedNode !== nodeId) known = new Map()
      auditedNode = nodeId
      const parts = known
      const renewal = call('renewNode', (commands) =>
        commands.run(
          'renew',
          [...leaseKeys, layout.killed(layout.nodesPartition), ...near.map(layout.sums)],
          [nodeId, ...numbers, echo.channel, echo.text],
        ),
      )
      const audits = far.map(async (partition): Promise<Digest> => {
        const { channel, text } = echo.probe(partition)
        try {
          const audit = await call('an audit', (commands) =>
            commands.run('audit', [layout.sums(partition)], [nodeId, channel, text]),
          )
          parts.set(partition, audit as Digest)
          return audit as Digest
        } catch {
          return parts.get(partition) ?? NOTHING
        }
      })
      const [renewed, ...others] = await Promise.all([renewal, ...audits])
      const [stands, isNew, holdOffUntil, ...digest] = renewed as [number, number, string, number, number]
      let [count, sum] = digest
      for (const [moreCount, moreSum] of others) {
        count += moreCount
        sum += moreSum
      }
      return {
        stands: stands === 1,
        isNew: isNew === 1,
        digest: { count, sum: sum % 2 ** 32 },
        holdOffUntil: Number(holdOffUntil),
      }
    },
    /** Every node listed is marked in each partition before this resolves, and so before anybody looks for its users. */
    async dead(commands: Commands, now: number, cursor: string | null, limit: number): Promise<Page<string>> {
      const all = await named(commands)
      const candidates = cursor === null ? all : all.filter((nodeId) => compareBytes(nodeId, cursor) > 0)
      const found: string[] = []
      for (let from = 0; from < candidates.length && found.length <= limit; from += MOST) {
        const some = candidates.slice(from, from + MOST)
        const answer = await commands.run('kill', leaseKeys, [String(now), String(limit - found.length), ...some])
        found.push(...(answer as string[]))
      }
      const items = found.slice(0, limit)
      if (items.length > 0) await mark(commands, String(now), items)
      return { items, next: found.length > limit ? (items.at(-1) ?? null) : null }
    },
    async remove(commands: Commands, nodeId: string): Promise<boolean> {
      const at = (await commands.run('retire', leaseKeys, [nodeId])) as string
      await mark(commands, at, [nodeId])
      const fields = [`c${nodeId}`]
      const counts = await runOver(
        commands,
        isCluster,
        'tally',
        placed,
        ({ partition }) => layout.sums(partition),
        () => fields,
      )
      return counts.every(({ answer }) => (answer as number[])[0] === 0)
    },
  }
}
