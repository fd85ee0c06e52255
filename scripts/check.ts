/**
 * Everything that is checked without running tests. `node scripts/check.ts [--only types,lint] [--tarballs FOLDER]`
 *
 * Types, lint and which tests show what (`rows.ts`), the documentation (`docs.ts`) and dead code; then what would be published is built, packed and looked at.
 * The tarballs are written to FOLDER, `.cache/tarballs` unless one is given.
 */
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { checkDocs } from './docs.ts'
import { checkPackages } from './packages.ts'
import { checkRows } from './rows.ts'
import { CommandFailed, chosen, root, runSteps, type Step, sh } from './steps.ts'

/** The root program, and every folder with a program of its own: an example or a type test that augments `Register`. */
async function types(): Promise<string> {
  const nested = globSync(['examples/*/tsconfig.json', 'packages/*/test/augmented/tsconfig.json'], { cwd: root })
  const untyped = globSync('examples/*/package.json', { cwd: root })
    .map((path) => path.replace('package.json', 'tsconfig.json'))
    .filter((path) => !nested.includes(path))
  if (untyped.length > 0) throw new CommandFailed(`missing: ${untyped.join(', ')} (extend ../../tsconfig.json)`)
  const programs = ['tsconfig.json', ...nested]
  for (const program of programs) await sh('node', ['node_modules/typescript7/bin/tsc', '--noEmit', '-p', program])
  return `${programs.length} programs`
}

/** Seconds: before the tests. */
export const quick: readonly Step[] = [
  { name: 'types', run: types },
  { name: 'lint', run: async () => void (await sh('biome', ['check', '--error-on-warnings', '.'])) },
  { name: 'rows', run: checkRows },
]

/** Dead code and what is published: after the tests. `sizes` measures what `packages` built. */
export const published = (tarballs?: string): readonly Step[] => [
  { name: 'docs', run: () => checkDocs() },
  { name: 'knip', run: async () => void (await sh('knip', ['--no-progress', '--no-config-hints'])) },
  { name: 'packages', run: () => checkPackages(tarballs) },
  { name: 'sizes', run: async () => void (await sh('size-limit', [])) },
]

if (import.meta.main) {
  const { values: flags } = parseArgs({ options: { only: { type: 'string' }, tarballs: { type: 'string' } } })
  const steps = [...quick, ...published(flags.tarballs && resolve(flags.tarballs))]
  process.exitCode = (await runSteps(chosen(steps, flags.only))) ? 0 : 1
}
