/** Runs named steps one after the other and says how long each took. Shared by `test.ts` and `check.ts`. */
import { spawn } from 'node:child_process'

export const root = new URL('..', import.meta.url).pathname

export type Step = {
  readonly name: string
  /** Throws when the step failed. What it returns is shown beside the step in the summary. */
  readonly run: () => Promise<string | undefined> | Promise<void>
  /** It mostly waits: it starts at its place among the steps, goes on beside them, and is waited for at the end. */
  readonly isBeside?: boolean
}

/** A command failed; its output is already on the terminal. */
export class CommandFailed extends Error {}

/** What a step needs is not on this machine. It did not run and did not fail; the message says what is missing. */
export class LeftOut extends Error {}

/**
 * Runs a command of the workspace. Commands from `node_modules/.bin` are on PATH.
 * A quiet one shows its output only when it fails; what it printed to stdout is returned.
 */
export function sh(
  command: string,
  args: readonly string[],
  options: { cwd?: string; quiet?: boolean; env?: NodeJS.ProcessEnv } = {},
): Promise<string> {
  const { cwd = root, quiet = false, env = {} } = options
  const path = `${root}node_modules/.bin:${process.env.PATH}`
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, PATH: path, ...env },
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'],
  })
  let stdout = ''
  let all = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    all += text
  })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    all += text
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) return resolve(stdout)
      if (quiet) process.stdout.write(`${all.trimEnd()}\n`)
      reject(new CommandFailed(`${[command, ...args].join(' ')} ended with ${code}`))
    })
  })
}

/** Reads `--only a,b`: the steps chosen, in their own order. An unknown name ends the process with the names there are. */
export function chosen(steps: readonly Step[], only: string | undefined): readonly Step[] {
  if (only === undefined) return steps
  const names = only.split(',')
  const unknown = names.filter((name) => !steps.some((step) => step.name === name))
  if (unknown.length > 0) {
    console.error(`There is no step ${unknown.join(', ')}. Steps: ${steps.map((step) => step.name).join(', ')}.`)
    process.exit(2)
  }
  return steps.filter((step) => names.includes(step.name))
}

/** Runs the steps, stops at the first that fails, prints a summary. True when all passed. */
export async function runSteps(steps: readonly Step[]): Promise<boolean> {
  const lines: string[] = []
  const beside: Promise<void>[] = []
  let passed = true
  const runStep = async ({ name, run }: Step) => {
    const start = performance.now()
    const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`
    try {
      const note = await run()
      lines.push(`  ok       ${name} (${seconds()})${note ? ` ${note}` : ''}`)
    } catch (error) {
      if (error instanceof LeftOut) {
        lines.push(`  LEFT OUT ${name}`)
        return
      }
      passed = false
      console.error(error instanceof CommandFailed ? `✖ ${error.message}` : error)
      lines.push(`  FAILED   ${name} (${seconds()})`)
    }
  }
  for (const step of steps) {
    if (!passed) {
      lines.push(`  not run  ${step.name}`)
      continue
    }
    console.log(`\n▶ ${step.name}${step.isBeside ? ', beside the following' : ''}`)
    if (step.isBeside) beside.push(runStep(step))
    else await runStep(step)
  }
  await Promise.all(beside)
  console.log(`\n${lines.join('\n')}`)
  return passed
}
