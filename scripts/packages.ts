/** Builds and packs every package that is published, and looks at the tarballs: what is checked is what users get. */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import ts from 'typescript'
import { CommandFailed, root, sh } from './steps.ts'

type Target = string | { types: string; default: string }
type Manifest = {
  name: string
  private?: boolean
  files: string[]
  exports: Record<string, Target>
  publishConfig?: { exports: Record<string, Target> }
  dependencies?: Record<string, string>
  peerDependencies?: Record<string, string>
  peerDependenciesMeta?: Record<string, { optional?: boolean }>
}

const readManifest = (folder: string): Manifest => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))

/** Where the tarballs are unpacked, as an installation would; the size budgets are measured here. */
const installed = join(root, '.cache/packed/node_modules')

/** Checks all packages; the tarballs are written to `out`. */
export async function checkPackages(out = join(root, '.cache/tarballs')): Promise<string> {
  rmSync(join(root, '.cache/packed'), { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const folders = globSync('packages/*/package.json', { cwd: root })
    .map((path) => join(root, path, '..'))
    .filter((folder) => !readManifest(folder).private)
    .sort()
  const wrong: string[] = []
  let checked = 0
  for (const folder of folders) {
    const { name, exports } = readManifest(folder)
    if (!existsSync(join(folder, String(exports['.'])))) {
      console.log(`${name}: no source yet, not checked`)
      continue
    }
    const found = await checkPackage(folder, out)
    console.log(`${name}: ${found.length === 0 ? 'ok' : 'WRONG'}`)
    wrong.push(...found.map((text) => `${name}: ${text}`))
    checked += 1
  }
  if (wrong.length > 0) throw new CommandFailed(wrong.join('\n  '))
  return `${checked} packages`
}

/** What is wrong with one package, as sentences. */
async function checkPackage(folder: string, out: string): Promise<string[]> {
  const source = readManifest(folder)
  const unpacked = join(installed, source.name)
  mkdirSync(unpacked, { recursive: true })
  try {
    await sh('tsup', ['--silent'], { cwd: folder, quiet: true })
    const tarball = await pack(folder, out)
    await sh('tar', ['-xzf', tarball, '-C', unpacked, '--strip-components=1'])
    const wrong = [...checkFiles(unpacked, source), ...checkUseClient(unpacked), ...checkDependencies(unpacked)]
    await sh('publint', ['run', tarball, '--strict'], { quiet: true })
    await sh('attw', [tarball, '--profile', 'esm-only'], { quiet: true })
    return wrong
  } catch (error) {
    if (error instanceof CommandFailed) return [error.message]
    throw error
  }
}

/** pnpm puts `publishConfig` and real versions into the packed manifest; it runs itself again, wherever it was started from. */
async function pack(folder: string, out: string): Promise<string> {
  const args = ['pack', '--json', '--pack-destination', out]
  const json = await sh('pnpm', args, { cwd: folder, quiet: true }).catch((error) => {
    if (error.code === 'ENOENT') return sh('npx', ['-y', 'pnpm@12', ...args], { cwd: folder, quiet: true })
    throw error
  })
  return JSON.parse(json).filename
}

const targets = (manifest: Manifest) =>
  Object.values(manifest.exports).flatMap((target) => (typeof target === 'string' ? [target] : Object.values(target)))

/** Everything exported and everything in `files` is there; what is published exports what development does. */
function checkFiles(unpacked: string, source: Manifest): string[] {
  const packed = readManifest(unpacked)
  const missing = [...targets(packed), ...source.files, 'LICENSE'].filter((path) => !existsSync(join(unpacked, path)))
  const names = (from: Manifest['exports'] | undefined) =>
    Object.keys(from ?? {})
      .sort()
      .join(' ')
  return [
    ...[...new Set(missing)].map((path) => `the tarball has no ${path}`),
    ...(names(source.exports) === names(source.publishConfig?.exports)
      ? []
      : ['exports and publishConfig.exports differ']),
  ]
}

/** The React entries start with 'use client', so that server components may import them; nothing else says it anywhere. */
function checkUseClient(unpacked: string): string[] {
  const packed = readManifest(unpacked)
  const isReact = packed.name === '@rollcall/react'
  const entries = targets(packed).filter((path) => path.endsWith('.js'))
  const files = isReact ? entries : globSync('dist/**/*.js', { cwd: unpacked })
  return files.flatMap((path) => {
    const says = /^(['"])use client\1/.test(readFileSync(join(unpacked, path), 'utf8'))
    if (says === isReact) return []
    return [isReact ? `${path} does not start with 'use client'` : `${path} starts with 'use client'`]
  })
}

/**
 * Every package that the built code or its types import is a dependency or a peer, and every one of those is imported,
 * but for optional peers: an application may hand over what it made with them.
 */
function checkDependencies(unpacked: string): string[] {
  const packed = readManifest(unpacked)
  const declared = Object.keys({ ...packed.dependencies, ...packed.peerDependencies })
  const imported = new Set<string>()
  for (const path of globSync('dist/**/*.{js,d.ts}', { cwd: unpacked })) {
    for (const { fileName } of ts.preProcessFile(readFileSync(join(unpacked, path), 'utf8')).importedFiles) {
      if (fileName.startsWith('.') || isBuiltin(fileName)) continue
      imported.add(fileName.match(/^(@[^/]+\/)?[^/]+/)?.[0] ?? fileName)
    }
  }
  imported.delete(packed.name)
  return [
    ...[...imported]
      .filter((name) => !declared.includes(name))
      .map((name) => `imports ${name}, which it does not declare`),
    ...declared
      .filter((name) => !imported.has(name) && !packed.peerDependenciesMeta?.[name]?.optional)
      .map((name) => `declares ${name}, which it does not import`),
  ]
}
