/** Where a program comes from: this machine, the project's ignored folder, a package manager, Docker. */
import { execFileSync } from 'node:child_process'
import { accessSync, constants, globSync } from 'node:fs'
import { basename, delimiter, join } from 'node:path'
import { unpack } from './apt.ts'
import type { Program, Way } from './engine.ts'
import { servicesFolder } from './state.ts'

export type Binary = {
  readonly title: string
  readonly name: string
  /** The oldest major version that will do. */
  readonly minimum: number
  /** Looked at after PATH; patterns. */
  readonly folders?: readonly string[]
}

const isRoot = () => process.getuid?.() === 0
const major = (version: string) => Number.parseInt(version, 10)

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** `Redis server v=7.0.15 …`, `postgres (PostgreSQL) 15.13`, `db version v8.0.4`. */
function versionOf(path: string, env: NodeJS.ProcessEnv = {}): string | undefined {
  try {
    const said = execFileSync(path, ['--version'], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
      timeout: 20_000,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return said.match(/(?:v=|\bv|\s)(\d+(?:\.\d+)*)/)?.[1]
  } catch {
    return undefined
  }
}

/** The first of these files that starts and is new enough. */
export function usable(
  binary: Binary,
  paths: readonly string[],
  where: (path: string) => string,
  env?: NodeJS.ProcessEnv,
) {
  let reason: string | undefined
  for (const path of paths.filter(executable)) {
    const version = versionOf(path, env)
    if (version === undefined) reason ??= `${path} does not start`
    else if (major(version) < binary.minimum) {
      reason ??= `${path} is ${version}, and ${binary.minimum} or newer is needed`
    } else {
      const label = `${binary.title} ${version} ${where(path)}`
      return { label, run: 'process', path, ...(env ? { env } : {}) } satisfies Program
    }
  }
  return reason
}

/** A program that is on this machine already. */
export const onPath =
  (binary: Binary): Way =>
  async () => {
    const fromPath = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, binary.name))
    const others = globSync((binary.folders ?? []).map((folder) => join(folder, binary.name)))
    // Of several versions side by side, the newest.
    others.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
    const where = (path: string) =>
      fromPath.includes(path) ? 'on the path' : `in ${path.slice(0, -basename(path).length - 1)}`
    return usable(binary, [...fromPath, ...others], where) ?? `no ${binary.name} on the path`
  }

/** Debian and its kin: packages are unpacked in the project, which needs no rights, starts nothing and changes nothing else. */
export const unpacked =
  (binary: Binary, packages: readonly string[]): Way =>
  async () => {
    const folder = join(servicesFolder, 'unpacked', binary.name)
    const find = () =>
      usable(
        binary,
        globSync(
          [`usr/{bin,sbin}/${binary.name}`, `usr/lib/postgresql/*/bin/${binary.name}`].map((path) =>
            join(folder, path),
          ),
        ),
        () => 'unpacked in .services',
        { LD_LIBRARY_PATH: globSync(join(folder, 'usr/lib/*-linux-*')).join(delimiter) },
      )
    const found = find()
    if (found) return found
    const failure = await unpack(packages, folder)
    return failure ?? find() ?? `${packages.join(', ')} holds no ${binary.name}`
  }

/** Package managers that install for the whole machine: only under `CI`, as root, or when asked to. */
export const installed =
  (binary: Binary, commands: Readonly<Record<string, string>>, install: boolean): Way =>
  async () => {
    const tools = Object.keys(commands)
    const path = (process.env.PATH ?? '').split(delimiter)
    const tool = tools.find((name) => path.some((folder) => executable(join(folder, name))))
    const command = tool && commands[tool]
    if (!command) return `no package manager that has ${binary.title} (${tools.join(', ')})`
    if (!(install || process.env.CI || isRoot())) return `\`${command}\` installs it, or this command with --install`
    try {
      const [file = '', ...args] =
        tool === 'brew' || isRoot() ? command.split(' ') : ['sudo', '-n', ...command.split(' ')]
      console.log(`$ ${command}`)
      execFileSync(file, args, { stdio: ['ignore', 'ignore', 'inherit'] })
    } catch {
      return `\`${command}\` failed`
    }
    return onPath(binary)()
  }

/** An official image, when a Docker daemon answers. */
export const docker =
  (title: string, image: string): Way =>
  async () => {
    try {
      execFileSync('docker', ['info'], { stdio: 'ignore', timeout: 10_000 })
    } catch {
      return 'no Docker that answers'
    }
    try {
      execFileSync('docker', ['pull', '--quiet', image], { stdio: 'ignore', timeout: 300_000 })
    } catch {
      return `\`docker pull ${image}\` failed`
    }
    return { label: `${title}, image ${image}`, run: 'container', image }
  }
