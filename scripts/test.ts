/**
 * Every test of the project. `node scripts/test.ts [--only unit,browser] [--install]`
 *
 * Types and lint, the tests by kind, 200 seeds of the simulation, then the documentation, dead code and the packages as
 * they would be published. Stops at the first step that fails. The last line counts the tests of all runs; a step that fails without a failing test (types, an
 * import, the coverage) counts as one failure. Without a browser the browser tests are left out by name, in the last lines;
 * under `CI` a missing browser fails the run.
 */
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { published, quick } from './check.ts'
import { ensureChromium } from './chromium.ts'
import { CommandFailed, chosen, LeftOut, root, runSteps, type Step, sh } from './steps.ts'

const { values: flags } = parseArgs({ options: { only: { type: 'string' }, install: { type: 'boolean' } } })
const reports = mkdtempSync(join(tmpdir(), 'rollcall-test-'))
const counts = { passed: 0, failed: 0, skipped: 0 }
const leftOut: string[] = []

type Report = {
  success: boolean
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
}

/** Runs Vitest and adds its counts. */
async function vitest(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const file = join(reports, `${name}.json`)
  const all = [
    'run',
    ...args,
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${file}`,
  ]
  const failure: unknown = await sh('vitest', all, { env }).then(
    () => undefined,
    (error) => error,
  )
  const report = readReport(file)
  counts.passed += report.numPassedTests
  counts.skipped += report.numPendingTests + report.numTodoTests
  counts.failed += report.numFailedTests
  if (failure) throw failure
  return `${report.numPassedTests} tests`
}

function readReport(file: string): Report {
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return { success: false, numPassedTests: 0, numFailedTests: 0, numPendingTests: 0, numTodoTests: 0 }
  }
}

async function browser(): Promise<string> {
  const files = globSync(['{packages,examples}/*/test/**/*.browser.test.{ts,tsx}', 'e2e/**/*.browser.test.{ts,tsx}'], {
    cwd: root,
    exclude: (path) => path.includes('node_modules'),
  })
  if (files.length === 0) return 'no browser tests'
  const chromium = ensureChromium({ install: flags.install ?? false })
  if ('path' in chromium) return vitest('browser', ['--project', 'browser'], { CHROMIUM_PATH: chromium.path })
  if (process.env.CI) throw new CommandFailed(chromium.missing)
  leftOut.push(...files.map((path) => `${path}: ${chromium.missing}`))
  counts.skipped += files.length
  throw new LeftOut(chromium.missing)
}

const steps: readonly Step[] = [
  ...quick,
  {
    name: 'unit',
    run: () =>
      vitest('unit', ['--project', '!integration', '--project', '!browser', '--project', '!simulation', '--coverage']),
  },
  { name: 'simulation', run: () => vitest('simulation', ['--project', 'simulation']) },
  { name: 'integration', run: () => vitest('integration', ['--project', 'integration']) },
  { name: 'browser', run: browser },
  ...published(),
]

const passed = await runSteps(chosen(steps, flags.only))
rmSync(reports, { recursive: true, force: true })
if (leftOut.length > 0) console.log(`\nLeft out, not passed:\n  ${leftOut.join('\n  ')}`)
const failed = passed ? counts.failed : Math.max(counts.failed, 1)
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''
console.log(`\n${counts.passed} passed, ${failed} failed${skipped}`)
process.exitCode = passed ? 0 : 1
