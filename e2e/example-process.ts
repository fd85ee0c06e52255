import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)

/** An example that runs as its users run it. */
export interface ExampleProcess extends AsyncDisposable {
  readonly url: string
  readonly output: readonly string[]
  /** Asks it to stop, and waits until it has; `kill` does not ask. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/**
 * Starts a program in the folder of an example, and waits for the line that names its address.
 *
 * @param args the program, and what it is given
 * @throws with everything it printed when it ends before that.
 */
export async function startExample(
  name: string,
  env: Readonly<Record<string, string>>,
  args: readonly string[] = ['server.ts'],
): Promise<ExampleProcess> {
  const child = spawn(process.execPath, args, {
    cwd: fileURLToPath(new URL(`examples/${name}/`, root)),
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output: string[] = []
  const url = await addressOf(child, output)
  const ended = once(child, 'exit')
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill(signal)
    await ended
  }
  return { url, output, stop, [Symbol.asyncDispose]: () => stop('SIGTERM') }
}

function addressOf(child: ChildProcess, output: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue
      createInterface(stream).on('line', (line) => {
        output.push(line)
        const address = /http:\/\/localhost:\d+/.exec(line)
        if (address) resolve(address[0])
      })
    }
    child.once('exit', (code) => reject(new Error(`the example ended with ${code}:\n${output.join('\n')}`)))
  })
}
