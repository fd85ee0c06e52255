import type { Side } from '../contests.ts'
import { forkWorker } from './fork-worker.ts'
import type { NodeOptions } from './open-node.ts'
import type { Orders } from './worker.ts'

/** A node in another process. One order at a time. */
export interface ForkedNode extends Orders {
  /** `kill -9` */
  kill(): Promise<void>
}

export async function forkNode(side: Side, url: string, options: NodeOptions = {}): Promise<ForkedNode> {
  const { ask, kill } = await forkWorker<Orders>('worker.ts', [side, url, JSON.stringify(options)])
  return {
    connect: ask('connect'),
    disconnect: ask('disconnect'),
    beat: ask('beat'),
    change: ask('change'),
    online: ask('online'),
    told: ask('told'),
    kill,
  }
}
