/** A server that was started: found again by a later command, never taken for another process that got its number. */
import { execFileSync, spawn } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Launch, Program, ServerOptions } from './engine.ts'

export type ServerHandle =
  | {
      readonly pid: number
      /** When the process began, as the system says it: with it a reused process id is noticed. */
      readonly startedAt: string
      readonly stopSignal: 'SIGTERM' | 'SIGINT'
    }
  | { readonly container: string; readonly volume?: string }

/** When a process began, in the words of its system; `undefined` when there is none or it has ended. */
export function processStart(pid: number): string | undefined {
  try {
    // The name, in parentheses, may hold spaces and parentheses. State is the 1st field after it, the start the 20th.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')
    // While other threads end, the sockets of a process whose first thread has ended are still open.
    const hasEnded = fields[0] === 'Z' && readdirSync(`/proc/${pid}/task`).length === 1
    return hasEnded ? undefined : fields[19]
  } catch {
    if (process.platform === 'linux') return undefined
  }
  try {
    return execFileSync('ps', ['-o', 'lstart=', '-p', `${pid}`], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined
  }
}

export function isAlive(server: ServerHandle): boolean {
  if ('pid' in server) return processStart(server.pid) === server.startedAt
  try {
    const running = docker('inspect', '--format', '{{.State.Running}}', server.container)
    return running.trim() === 'true'
  } catch {
    return false
  }
}

/** What ends with this process, and the folders that go with it. */
const bound = new Map<ServerHandle, string>()
process.once('exit', () => {
  for (const [server, folder] of bound) {
    if ('pid' in server && isAlive(server)) process.kill(server.pid, 'SIGKILL')
    rmSync(folder, { recursive: true, force: true })
  }
})

/**
 * Starts a server and does not wait for it. A process writes `server.log` in its folder, and ends with this one unless
 * {@link letLive} was called.
 */
export function startServer(program: Program, launch: Launch, options: ServerOptions): ServerHandle {
  const server =
    program.run === 'process' ? startProcess(program, launch, options) : startContainer(program, launch, options)
  bound.set(server, options.folder)
  return server
}

/** From now on somebody else knows of the server and stops it. */
export function letLive(server: ServerHandle): void {
  bound.delete(server)
}

function startProcess(program: Program & { run: 'process' }, launch: Launch, options: ServerOptions): ServerHandle {
  const log = openSync(join(options.folder, 'server.log'), 'a')
  const child = spawn(program.path, launch.args, {
    cwd: options.folder,
    env: { ...process.env, ...program.env, ...launch.env },
    stdio: ['ignore', log, log],
    detached: true,
    ...program.as,
  })
  closeSync(log)
  child.on('error', () => undefined)
  child.unref()
  const { pid } = child
  if (pid === undefined) throw new Error(`${program.path} cannot be started.`)
  return { pid, startedAt: processStart(pid) ?? 'ended', stopSignal: launch.stopSignal }
}

function startContainer(program: Program & { run: 'container' }, launch: Launch, options: ServerOptions): ServerHandle {
  const { port } = options
  const env = Object.entries(launch.env ?? {}).flatMap(([name, value]) => ['--env', `${name}=${value}`])
  const volume = launch.volume && options.folder.replaceAll(/[^\w.-]+/g, '-').replace(/^-/, '')
  const mount = volume ? ['--mount', `type=volume,src=${volume},dst=${launch.volume}`] : []
  const network = launch.hostNetwork ? ['--network', 'host'] : ['--publish', `127.0.0.1:${port}:${port}`]
  const run = ['run', '--detach', '--rm', '--label', 'rollcall', ...network, ...env, ...mount, program.image]
  const container = docker(...run, ...launch.args).trim()
  return { container, ...(volume ? { volume } : {}) }
}

/** Asks a server to end, and ends it when it has not after 10 s. What is not ours any more is left alone. */
export async function stopServer(server: ServerHandle): Promise<void> {
  if (!isAlive(server)) return
  if ('container' in server) return void docker('stop', '-t', '10', server.container)
  process.kill(server.pid, server.stopSignal)
  if (await ended(server, 10_000)) return
  await killServer(server)
}

/** Ends a server as a crash would. */
export async function killServer(server: ServerHandle): Promise<void> {
  if (!isAlive(server)) return
  if ('container' in server) docker('kill', server.container)
  else process.kill(server.pid, 'SIGKILL')
  if (!(await ended(server, 5000))) throw new Error(`${JSON.stringify(server)} does not end.`)
}

/** Removes what a container left. The folder of a process is removed by who made it. */
export function forgetServer(server: ServerHandle): void {
  if ('container' in server && server.volume) docker('volume', 'rm', '--force', server.volume)
}

async function ended(server: ServerHandle, withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs
  while (isAlive(server)) {
    if (performance.now() > deadline) return false
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return true
}

function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 120_000 })
}
