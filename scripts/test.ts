/**
 * Every test of the project. `node scripts/test.ts [--only unit,browser] [--install]`
 *
 * Types and lint, the tests by kind, 200 seeds of the simulation, then the documentation, dead code and the packages as
 * they would be published. Stops at the first step that fails. The last line counts the tests of all runs; a step that fails
 * without a failing test (types, an import, the coverage) counts as one failure. Tests that need a browser or a database
 * which cannot be had are left out by name, in the last lines; under `CI` that fails the run. Databases that do not run yet
 * are started, and stopped at the end.
 */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cannotRun } from '../packages/adapter-mongo/test/stand-in.ts'
import { published, quick } from './check.ts'
import { ensureChromium } from './chromium.ts'
import { ensureFirefox } from './firefox.ts'
import { neededBy, type ServiceName, type TestKind } from './services/service.ts'
import type { Running } from './services/state.ts'
import { down, type Outcome, up } from './services/up.ts'
import { CommandFailed, chosen, LeftOut, root, runSteps, type Step, sh } from './steps.ts'

const { values: flags } = parseArgs({ options: { only: { type: 'string' }, install: { type: 'boolean' } } })
const reports = mkdtempSync(join(tmpdir(), 'rollcall-test-'))
const counts = { passed: 0, failed: 0, skipped: 0 }
const leftOut: string[] = []
/** What ran on something else than it names: a line each. */
const standIns: string[] = []
const namesRun = new Set<string>()

type Report = {
  success: boolean
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  testResults: { assertionResults: { ancestorTitles: string[]; title: string }[] }[]
}

/** Runs Vitest and adds its counts. A quiet run shows what it printed if it fails. */
async function vitest(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  quiet = false,
): Promise<string> {
  const file = join(reports, `${name}.json`)
  const all = [
    'run',
    ...args,
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]
  const failure: unknown = await sh('vitest', all, { env, quiet }).then(
    () => undefined,
    (error) => error,
  )
  const report = readReport(file)
  counts.passed += report.numPassedTests
  counts.skipped += report.numPendingTests + report.numTodoTests
  counts.failed += report.numFailedTests
  for (const { assertionResults } of report.testResults) {
    for (const { ancestorTitles, title } of assertionResults) namesRun.add([...ancestorTitles, title].join(' > '))
  }
  if (failure) throw failure
  return `${report.numPassedTests} tests`
}

function readReport(file: string): Report {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return {
      success: false,
      numPassedTests: 0,
      numFailedTests: 0,
      numPendingTests: 0,
      numTodoTests: 0,
      testResults: [],
    }
  }
}

type BrowserKind = 'browser' | 'slow'

/** Browser tests, or those of them that take minutes. */
async function browser(kind: BrowserKind): Promise<string> {
  const isSlow = (path: string) => path.includes('.slow.browser.')
  const files = globSync(['{packages,examples}/*/test/**/*.browser.test.{ts,tsx}', 'e2e/**/*.browser.test.{ts,tsx}'], {
    cwd: root,
    exclude: (path) => path.includes('node_modules'),
  }).filter((path) => isSlow(path) === (kind === 'slow'))
  if (files.length === 0) return `no ${kind} tests`
  const chromium = ensureChromium({ install: flags.install ?? false })
  if ('path' in chromium) {
    const lacking = [
      ...(await withoutRedis(files.filter((path) => path.includes('.redis.browser.')))),
      ...withoutFirefox(files.filter((path) => path.includes('.firefox.browser.'))),
    ]
    const args = ['--project', kind, ...lacking.flatMap((path) => ['--exclude', path])]
    return vitest(kind, args, { CHROMIUM_PATH: chromium.path }, kind === 'slow')
  }
  leaveOut(files, chromium.missing)
  throw new LeftOut(chromium.missing)
}

/** Names the files among what did not run; under `CI` that fails. */
function leaveOut(files: readonly string[], missing: string): readonly string[] {
  if (process.env.CI) throw new CommandFailed(missing)
  leftOut.push(...files.map((path) => `${path}: ${missing}`))
  counts.skipped += files.length
  return files
}

/** Those of the files that must be left out, all or none: tests in Firefox, where it cannot be had. */
function withoutFirefox(files: readonly string[]): readonly string[] {
  if (files.length === 0) return []
  const firefox = ensureFirefox({ install: flags.install ?? false })
  return 'path' in firefox ? [] : leaveOut(files, firefox.missing)
}

/** Those of the files that must be left out, all or none: browser tests of the demo on Redis, where it cannot be had. */
async function withoutRedis(files: readonly string[]): Promise<readonly string[]> {
  const [redis] = files.length > 0 ? await startServices(['redis']) : []
  if (redis?.how !== 'missing') return []
  return leaveOut(files, `no redis: ${redis.why.join('; ')}`)
}

const startedHere = new Set<ServiceName>()
let starting: Promise<unknown> = Promise.resolve()

/** Starts what the tests of one kind need and runs them. */
async function database(kind: TestKind): Promise<string> {
  const files = globSync([`{packages/*,scripts}/test/**/*.${kind}.test.ts`, `e2e/**/*.${kind}.test.ts`], {
    cwd: root,
    exclude: (path) => path.includes('node_modules'),
  })
  if (files.length === 0) return `no ${kind} tests`
  const { needs, likes } = neededBy[kind]
  const outcomes = await startServices([...needs, ...likes])
  const lacking: string[] = []
  for (const outcome of outcomes) {
    if (outcome.how !== 'missing') {
      if (outcome.running.standIn) standIns.push(...standInLines(kind, outcome.running))
      continue
    }
    const reason = `no ${outcome.name}: ${outcome.why.join('; ')}`
    if (needs.includes(outcome.name)) lacking.push(reason)
    else leftOut.push(`cases of the ${kind} tests: ${reason}`)
  }
  if (lacking.length === 0) return vitest(kind, ['--project', kind])
  const missing = lacking.join('; ')
  leaveOut(files, missing)
  throw new LeftOut(missing)
}

function standInLines(kind: TestKind, { from, standIn = '' }: Running): string[] {
  const cases = Object.entries(cannotRun[standIn] ?? {})
  const lines = cases.map(([name, reason]) => `  cannot run: ${name} (${reason})`)
  return [`${kind}: ${from}${lines.length > 0 ? '' : ', which runs every case'}`, ...lines]
}

async function startServices(names: readonly ServiceName[]): Promise<Outcome[]> {
  const outcomes = up(names, { install: flags.install ?? false })
  starting = outcomes
  for (const { name, how } of await outcomes) if (how === 'started') startedHere.add(name)
  return outcomes
}

/** Stops what this run started, and nothing that ran before. */
async function stopServices(): Promise<void> {
  await starting.catch(() => undefined)
  if (startedHere.size > 0) await down([...startedHere])
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void stopServices().finally(() => process.exit(130)))
}

/** The list of what a stand-in cannot run names only cases that there are. Seen only where a stand-in ran them. */
function checkStandInList(): void {
  if (standIns.length === 0) return
  const listed = Object.values(cannotRun).flatMap((cases) => Object.keys(cases))
  const gone = listed.filter((name) => !namesRun.has(name))
  if (gone.length > 0)
    throw new CommandFailed(`packages/adapter-mongo/test/stand-in.ts lists no case: ${gone.join(', ')}`)
}

const kinds = Object.keys(neededBy) as TestKind[]
const notUnit = ['integration', 'browser', 'slow', 'simulation', ...kinds].flatMap((name) => ['--project', `!${name}`])

const steps: readonly Step[] = [
  ...quick,
  // For this Chromium, or a package manager that installs it, has the machine to itself.
  { name: 'slow', run: () => browser('slow'), isBeside: true },
  { name: 'unit', run: () => vitest('unit', [...notUnit, '--coverage']) },
  { name: 'simulation', run: () => vitest('simulation', ['--project', 'simulation']) },
  { name: 'integration', run: () => vitest('integration', ['--project', 'integration']) },
  ...kinds.map((name) => ({ name, run: () => database(name) })),
  ...(flags.only ? [] : [{ name: 'stand-in list', run: async () => checkStandInList() }]),
  { name: 'browser', run: () => browser('browser') },
  ...published(),
]

const passed = await runSteps(chosen(steps, flags.only))
await stopServices()
rmSync(reports, { recursive: true, force: true })
if (leftOut.length > 0) console.log(`\nLeft out, not passed:\n  ${leftOut.join('\n  ')}`)
if (standIns.length > 0) console.log(`\nNot the real thing:\n  ${standIns.join('\n  ')}`)
const failed = passed ? counts.failed : Math.max(counts.failed, 1)
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
console.log(`\n${counts.passed} passed, ${failed} failed${skipped}`)
process.exitCode = passed ? 0 : 1
