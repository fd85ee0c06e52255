/** Servers that refuse to run as root. */
import { execFileSync } from 'node:child_process'
import { chownSync, cpSync } from 'node:fs'
import { join } from 'node:path'
import type { Account, Program } from './engine.ts'
import { servicesFolder } from './state.ts'

type Process = Program & { run: 'process' }

/** `postgres`, else `nobody`, where this process is root. */
function account(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  for (const name of ['postgres', 'nobody']) {
    try {
      const id = (flag: string) =>
        Number(execFileSync('id', [flag, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
      return { uid: id('-u'), gid: id('-g') }
    } catch {
      // The next name.
    }
  }
  throw new Error('It does not run as root, and there is no user postgres or nobody.')
}

function startsAs(user: Account, program: Process): boolean {
  try {
    execFileSync(program.path, ['--version'], {
      ...user,
      env: { ...process.env, ...program.env },
      stdio: 'ignore',
      cwd: '/',
    })
    return true
  } catch {
    return false
  }
}

/** The files of an unpacked server, for a user who cannot enter the project's folder. */
function copied(program: Process, name: string, folder: string): Process {
  const from = join(servicesFolder, 'unpacked', name)
  const to = join(folder, 'program')
  cpSync(from, to, { recursive: true, verbatimSymlinks: true })
  const moved = (text: string) => text.replaceAll(from, to)
  const env = Object.fromEntries(Object.entries(program.env ?? {}).map(([name, value]) => [name, moved(value ?? '')]))
  return { ...program, path: moved(program.path), env }
}

/** The program as a user who is not root runs it, in a folder that is theirs. `name`: under which it was unpacked. */
export function withoutRoot(found: Process, name: string, folder: string): Process {
  const as = account()
  if (as === undefined) return found
  const program = startsAs(as, found) ? found : copied(found, name, folder)
  chownSync(folder, as.uid, as.gid)
  return { ...program, as }
}
