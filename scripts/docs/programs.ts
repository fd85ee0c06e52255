/** Type-checks and runs the programs of all pages, in a folder beside the packages that is removed afterwards. */
import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root } from '../steps.ts'
import type { Page } from './page.ts'

/** A program as a file: `packages/core/README.md~2.tsx`. */
type Source = { readonly path: string; readonly text: string; readonly runner: 'node' | 'vitest' }

const GLOBALS = 'declare function printed(line: number): typeof console.log\n'

const RUN = fileURLToPath(new URL('./run.ts', import.meta.url))
const AT_ONCE = 3
const PATIENCE_MS = 120_000

/** What is wrong with the programs, as lines that begin with a place on a page. */
export async function checkPrograms(pages: readonly Page[]): Promise<string[]> {
  mkdirSync(join(root, '.cache'), { recursive: true })
  const folder = mkdtempSync(join(root, '.cache/docs-'))
  try {
    const sources = pages.flatMap(sourcesOf)
    const unfit = pages.flatMap(unfitExpectations)
    linkPackages(folder)
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'printed.d.ts'), GLOBALS)
    for (const { path, text } of sources) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const wrong = [...unfit, ...(await typeCheck(folder, sources))]
    return wrong.length > 0 ? wrong : await runAll(folder, sources)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function sourcesOf({ path, programs }: Page): readonly Source[] {
  return programs.map(({ lines, isTsx }, at) => {
    const runner = lines.some((line) => /from 'vitest'/.test(line)) ? 'vitest' : 'node'
    const suffix = `${runner === 'vitest' ? '.test' : ''}${isTsx ? '.tsx' : '.ts'}`
    const text = lines.map((line, at) =>
      line.includes('// → ') ? line.replace('console.log(', `printed(${at + 1})(`) : line,
    )
    return { path: `${path}~${at + 1}${suffix}`, text: text.join('\n'), runner }
  })
}

function unfitExpectations({ path, programs }: Page): string[] {
  return programs.flatMap(({ lines }) =>
    lines.flatMap((line, at) =>
      line.includes('// → ') && !line.includes('console.log(')
        ? [`${path}:${at + 1}: prints nothing; put the value into console.log(…) on that line`]
        : [],
    ),
  )
}

/** Every package of the workspace and everything one of them depends on, under the names that readers import. */
function linkPackages(folder: string): void {
  const link = (name: string, target: string) => {
    const path = join(folder, 'node_modules', name)
    if (existsSync(path)) return
    mkdirSync(dirname(path), { recursive: true })
    symlinkSync(target, path, 'dir')
  }
  for (const manifest of globSync('packages/*/package.json', { cwd: root })) {
    link(JSON.parse(readFileSync(join(root, manifest), 'utf8')).name, join(root, dirname(manifest)))
  }
  for (const path of globSync('packages/*/node_modules/{[!@.]*,@*/*}', { cwd: root })) {
    link(path.replace(/^.*?node_modules\//, ''), join(root, path))
  }
}

/** One program for all; one that declares types of its own would declare them for the others too, and is checked alone. */
async function typeCheck(folder: string, sources: readonly Source[]): Promise<string[]> {
  const paths = (own: boolean) =>
    sources.filter(({ text }) => text.includes('declare module') === own).map(({ path }) => path)
  const groups = [paths(false), ...paths(true).map((path) => [path])]
  const check = async (files: readonly string[], at: number): Promise<string[]> => {
    const config = {
      extends: '../../tsconfig.json',
      compilerOptions: { moduleDetection: 'force' },
      include: [],
      files: [...files, 'printed.d.ts'],
    }
    writeFileSync(join(folder, `tsconfig.${at}.json`), JSON.stringify(config))
    const tsc = join(root, 'node_modules/typescript7/bin/tsc')
    const output = await execute(folder, [tsc, '-p', `tsconfig.${at}.json`, '--pretty', 'false'])
    if (output === null) return []
    return output
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/\((\d+),\d+\)/, ':$1'))
  }
  return (await Promise.all(groups.map(check))).flat()
}

async function runAll(folder: string, sources: readonly Source[]): Promise<string[]> {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const runs = sources
    .filter(({ runner }) => runner === 'node')
    .map(({ path }) => ['--enable-source-maps', RUN, join(folder, path)])
  if (runs.length < sources.length) runs.unshift([vitest, 'run', '--root', folder, '--reporter=dot'])
  const wrong: string[] = []
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (let args = runs.shift(); args !== undefined; args = runs.shift()) {
        const output = await execute(folder, args)
        const what = basename(args.at(-1) as string).includes('~')
          ? placeOf(folder, args.at(-1) as string)
          : 'programs that import vitest'
        if (output !== null) wrong.push(`${what}: failed:\n${output.trimEnd()}`)
      }
    }),
  )
  return wrong
}

/** Paths of generated files as places on the page: `packages/core/README.md:12`. */
const placeOf = (folder: string, text: string): string =>
  text
    .replaceAll('file://', '')
    .replaceAll(`${folder}/`, '')
    .replace(/(\.md)(?:~|%7E)\d+(?:\.test)?\.tsx?/g, '$1')

/** `null` when it ended well, else what it printed. */
function execute(cwd: string, args: readonly string[]): Promise<string | null> {
  const env: NodeJS.ProcessEnv = { ...process.env, NO_COLOR: '1' }
  // What a surrounding test run has set.
  for (const name of ['NODE_OPTIONS', 'NODE_TEST_CONTEXT', 'FORCE_COLOR', 'VITEST', 'NODE_ENV']) delete env[name]
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, env, timeout: PATIENCE_MS }, (error, stdout, stderr) => {
      if (error === null) return resolve(null)
      const late = error.killed ? `it was ended after ${PATIENCE_MS / 1000} s\n` : ''
      resolve(placeOf(cwd, `${late}${stdout}${stderr}`))
    })
  })
}
