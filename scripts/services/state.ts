/** What `services up` started, in `.services/state.json`, so that a later command finds, reuses and stops it. */
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../steps.ts'
import { processStart, type ServerHandle } from './handle.ts'

export const servicesFolder = join(root, '.services')

/** One service that runs: `urls` by the name of the environment variable. */
export type Running = {
  readonly urls: Readonly<Record<string, string>>
  readonly from: string
  readonly standIn?: string
  /** The URL of the service behind it, if there is one. */
  readonly behind?: string
  readonly servers: readonly ServerHandle[]
  /** Temporary; removed with the service. */
  readonly folder: string
}

export type State = Readonly<Record<string, Running>>

/** An unreadable file counts as none: what it named is no longer known to be ours. */
export function readState(folder = servicesFolder): State {
  try {
    return JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8'))
  } catch {
    return {}
  }
}

export function writeState(state: State, folder = servicesFolder): void {
  mkdirSync(folder, { recursive: true })
  const next = join(folder, `state.${process.pid}.json`)
  writeFileSync(next, `${JSON.stringify(state, null, 2)}\n`)
  renameSync(next, join(folder, 'state.json'))
}

/** Runs `work` while no other command of this project changes services. A lock left by a dead process is taken over. */
export async function locked<T>(work: () => Promise<T>, folder = servicesFolder): Promise<T> {
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'lock')
  const deadline = Date.now() + 10 * 60_000
  while (!take(file)) {
    const { pid, startedAt, ageMs } = readLock(file)
    // Empty between its creation and its writing, which takes no time.
    if (pid ? processStart(pid) !== startedAt : ageMs > 5000) rmSync(file, { force: true })
    else if (Date.now() > deadline) throw new Error(`Another command (process ${pid}) holds ${file} for ten minutes.`)
    else await new Promise((resolve) => setTimeout(resolve, 200))
  }
  try {
    return await work()
  } finally {
    rmSync(file, { force: true })
  }
}

function take(file: string): boolean {
  try {
    const lock = openSync(file, 'wx')
    writeFileSync(lock, JSON.stringify({ pid: process.pid, startedAt: processStart(process.pid) }))
    closeSync(lock)
    return true
  } catch {
    return false
  }
}

function readLock(file: string): { pid?: number; startedAt?: string; ageMs: number } {
  try {
    const ageMs = Date.now() - statSync(file).mtimeMs
    const text = readFileSync(file, 'utf8')
    return { ...(text ? JSON.parse(text) : {}), ageMs }
  } catch {
    return { ageMs: 0 }
  }
}
