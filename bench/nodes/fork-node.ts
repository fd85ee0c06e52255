import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Side } from '../contests.ts'
import type { NodeOptions } from './open-node.ts'
import type { Orders } from './worker.ts'

/** A node in another process. One order at a time. */
export interface ForkedNode extends Orders {
  /** `kill -9` */
  kill(): Promise<void>
}

const worker = fileURLToPath(new URL('worker.ts', import.meta.url))

export async function forkNode(side: Side, url: string, options: NodeOptions = {}): Promise<ForkedNode> {
  const child = fork(worker, [side, url, JSON.stringify(options)])
  process.once('exit', () => child.kill('SIGKILL'))
  const next = async () => {
    const gone = new AbortController()
    const onExit = (code: number | null) => gone.abort(new Error(`a node ended with ${code}`))
    child.once('exit', onExit)
    try {
      const [{ answer }] = await once(child, 'message', { signal: gone.signal })
      return answer
    } finally {
      child.off('exit', onExit)
    }
  }
  const ask =
    (order: keyof Orders) =>
    async (of?: unknown): Promise<never> => {
      child.send({ order, of })
      return (await next()) as never
    }
  await next()
  return {
    connect: ask('connect'),
    disconnect: ask('disconnect'),
    beat: ask('beat'),
    change: ask('change'),
    online: ask('online'),
    told: ask('told'),
    async kill() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
