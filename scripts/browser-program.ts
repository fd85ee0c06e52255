/** Finds a browser that tests drive, and installs it where that is welcome. */
import { execFileSync } from 'node:child_process'
import { accessSync, constants, globSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { root } from './steps.ts'

/** Where a browser may be found, and what it is called by those who install it. */
export interface BrowserProgram {
  readonly name: string
  /** The environment variable with its path, which is taken at its word. */
  readonly variable: string
  /** On PATH, the first of these that starts. */
  readonly names: readonly string[]
  /** Absolute paths, tried after those. */
  readonly places: readonly string[]
  /** The names of copies unpacked in `.services/`. */
  readonly unpacked: readonly string[]
  /** Ways to install, tried in this order: the first whose tool is there. */
  readonly managers: readonly {
    readonly tool: string
    readonly asRoot: boolean
    readonly commands: readonly string[]
  }[]
}

export const isRoot = process.getuid?.() === 0

const onPath = (name: string) => (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name))

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** Some systems ship a script of that name which only says how to install the browser. */
function starts(path: string): boolean {
  try {
    execFileSync(path, ['--version'], { stdio: 'ignore', timeout: 20_000 })
    return true
  } catch {
    return false
  }
}

/** The path of one that starts, or `undefined`. */
export function findBrowser({ variable, names, places, unpacked }: BrowserProgram): string | undefined {
  const given = process.env[variable]
  if (given) return given
  const copies = globSync(`.services/**/{${unpacked.join(',')}}`, { cwd: root }).map((path) => join(root, path))
  return [...names.flatMap(onPath), ...places, ...copies].find((path) => executable(path) && starts(path))
}

/** As {@link findBrowser}, for those who cannot do without. Throws when there is none, saying what to do. */
export function foundBrowser(program: BrowserProgram, script: string): string {
  const path = findBrowser(program)
  if (path) return path
  throw new Error(`No ${program.name} here: run \`node ${script} --install\`, or set ${program.variable}.`)
}

/**
 * The path of the browser, installed first if need be: under `CI`, as root, or when asked to.
 * Otherwise, and when installing did not help, `missing` says what to do.
 */
export function ensureBrowser(
  program: BrowserProgram,
  options: { install?: boolean } = {},
): { path: string } | { missing: string } {
  const { name, variable } = program
  const path = findBrowser(program)
  if (path) return { path }
  const manager = program.managers.find(({ tool }) => onPath(tool).some(executable))
  if (!manager) return { missing: `no ${name} here. Install it, or set ${variable}.` }
  const commands = manager.commands.map((command) => (manager.asRoot && !isRoot ? `sudo ${command}` : command))
  const todo = `run \`${commands.join(' && ')}\` (or the tests with --install), or set ${variable}.`
  if (!(options.install || process.env.CI || isRoot)) return { missing: `no ${name} here: ${todo}` }
  try {
    for (const command of commands) {
      console.log(`$ ${command}`)
      const [file = '', ...args] = command.replace(/^sudo /, 'sudo -n ').split(' ')
      execFileSync(file, args, {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      })
    }
  } catch {
    return { missing: `installing ${name} failed: ${todo}` }
  }
  const installed = findBrowser(program)
  return installed ? { path: installed } : { missing: `no ${name} here after installing it: ${todo}` }
}

/** For a script of its own: prints the path of what was found, or says what is missing. */
export function tellOf(result: { path: string } | { missing: string }): void {
  if ('path' in result) {
    console.log(result.path)
    return
  }
  console.error(result.missing)
  process.exitCode = 1
}
