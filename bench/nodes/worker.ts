/** A node in a process of its own, which can be killed. Started by `forkNode`; answers one order after the other. */
import type { Side } from '../contests.ts'
import { type Told, withInFlight } from './bench-node.ts'
import { type NodeOptions, openRedisNode } from './open-node.ts'

const IN_FLIGHT = 256

/** A change to make, `atMs` after the order. */
export interface PlannedChange {
  readonly userId: string
  readonly isOnline: boolean
  readonly atMs: number
}

/** What a node can be told to do, and what it answers. */
export interface Orders {
  connect(userIds: readonly string[]): Promise<null>
  disconnect(userIds: readonly string[]): Promise<null>
  /** Shows a sign of life of everybody. Answers when each of them was stored, in ms of the wall clock. */
  beat(userIds: readonly string[]): Promise<readonly number[]>
  /** Makes changes at their times, however long they take. Answers when each was begun, in ms of the machine's clock. */
  change(plan: readonly PlannedChange[]): Promise<readonly number[]>
  online(userIds: readonly string[]): Promise<number>
  /** What was told since the last time. */
  told(): Promise<readonly Told[]>
}

/** One clock for all processes of the machine. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}

async function serve(side: Side, url: string, options: NodeOptions): Promise<void> {
  const node = await openRedisNode(side, url, options)
  let toldBefore = 0
  const orders: Orders = {
    async connect(userIds) {
      await withInFlight(userIds, IN_FLIGHT, node.connect)
      return null
    },
    async disconnect(userIds) {
      await withInFlight(userIds, IN_FLIGHT, node.disconnect)
      return null
    },
    async beat(userIds) {
      const times: number[] = []
      for (const userId of userIds) {
        await node.activity(userId)
        times.push(Date.now())
      }
      return times
    },
    async change(plan) {
      const from = machineMs()
      const begun: number[] = []
      await Promise.all(
        plan.map(async ({ userId, isOnline, atMs }, i) => {
          await new Promise((resolve) => setTimeout(resolve, Math.max(0, atMs - (machineMs() - from))))
          begun[i] = machineMs()
          await (isOnline ? node.connect(userId) : node.disconnect(userId))
        }),
      )
      return begun
    },
    online: (userIds) => node.online(userIds),
    async told() {
      const told = node.told.slice(toldBefore)
      toldBefore = node.told.length
      return told
    },
  }
  process.on('message', async ({ order, of }: { order: keyof Orders; of: never }) => {
    process.send?.({ answer: await orders[order](of) })
  })
  process.send?.({ answer: 'ready' })
}

const [side, url, options] = process.argv.slice(2)
if (process.send !== undefined && side !== undefined && url !== undefined && options !== undefined) {
  await serve(side as Side, url, JSON.parse(options) as NodeOptions)
}
