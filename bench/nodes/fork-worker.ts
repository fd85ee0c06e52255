import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** Another process that answers one order after the other. */
export interface ForkedWorker<Orders> {
  ask(order: keyof Orders & string): (of?: unknown) => Promise<never>
  /** `kill -9` */
  kill(): Promise<void>
}

/** Starts a file beside this one. Resolves once it says that it is ready. */
export async function forkWorker<Orders>(file: string, args: readonly string[]): Promise<ForkedWorker<Orders>> {
  const child = fork(fileURLToPath(new URL(file, import.meta.url)), args)
  process.once('exit', () => child.kill('SIGKILL'))
  const next = async () => {
    const gone = new AbortController()
    const onExit = (code: number | null) => gone.abort(new Error(`${file} ended with ${code}`))
    child.once('exit', onExit)
    try {
      const [{ answer }] = await once(child, 'message', { signal: gone.signal })
      return answer
    } finally {
      child.off('exit', onExit)
    }
  }
  await next()
  return {
    ask: (order) => async (of) => {
      child.send({ order, of })
      return (await next()) as never
    },
    async kill() {
      const ended = once(child, 'exit')
      child.kill('SIGKILL')
      await ended
    },
  }
}
