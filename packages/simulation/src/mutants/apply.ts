import { cp, mkdir, mkdtemp, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Mutant, Patch } from './mutant.ts'

/** A copy of the packages that the simulation runs on; its code imports nothing of ours from outside. */
export interface SourceCopy {
  /** Holds one folder per package. */
  readonly folder: string
  remove(): Promise<void>
}

const PACKAGES = ['core', 'client', 'adapter-http', 'simulation'] as const
/** Where this source stands, copy or not. */
const HERE = fileURLToPath(new URL('../../../', import.meta.url))

/** Copies the source as it stands now. */
export function copySource(): Promise<SourceCopy> {
  return copyFrom(HERE)
}

/** A copy of `source` without the rule. Rejects, naming the mutant, if one of its patches does not apply exactly once. */
export async function copyMutant(source: Pick<SourceCopy, 'folder'>, mutant: Mutant): Promise<SourceCopy> {
  const copy = await copyFrom(source.folder)
  try {
    for (const patch of mutant.patches) {
      const path = join(copy.folder, patch.file)
      await writeFile(path, applied(await readFile(path, 'utf8'), patch, mutant))
    }
    return copy
  } catch (error) {
    await copy.remove()
    throw error
  }
}

function applied(text: string, { file, find, replace }: Patch, { rule, what }: Mutant): string {
  const times = text.split(find).length - 1
  if (times === 1) return text.replace(find, () => replace)
  throw new Error(`the mutant "${rule}" (${what}) does not apply: ${file} has ${times} times: ${find}`)
}

async function copyFrom(from: string): Promise<SourceCopy> {
  // Node strips no types from files whose real path lies in a `node_modules`: the links lead out of it.
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'rollcall-mutant-')))
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    for (const name of PACKAGES) {
      await cp(join(from, name, 'src'), join(folder, name, 'src'), { recursive: true })
      await cp(join(from, name, 'package.json'), join(folder, name, 'package.json'))
      await linkDependencies(join(from, name), join(folder, name), folder)
    }
    return { folder, remove }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Ours lead to the copy, those of others to where they are. */
async function linkDependencies(from: string, to: string, folder: string): Promise<void> {
  const { dependencies = {} } = JSON.parse(await readFile(join(from, 'package.json'), 'utf8'))
  for (const name of Object.keys(dependencies)) {
    const ours = /^@rollcall\/(.+)$/.exec(name)?.[1]
    const target = ours === undefined ? await realpath(join(from, 'node_modules', name)) : join(folder, ours)
    const link = join(to, 'node_modules', name)
    await mkdir(dirname(link), { recursive: true })
    await symlink(target, link)
  }
}
