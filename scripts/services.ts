/**
 * The databases that the tests need, on free ports of this machine. `node scripts/services.ts up|down|status
 * [--only redis,cluster,valkey,mongo,postgres,pgbouncer] [--install]`
 *
 * A service is what its environment variable names, else a program found here, else one unpacked into `.services` (Debian
 * and its kin), else installed by a package manager, else a Docker image. Data lies in a temporary folder and goes with
 * `down`. `--install` allows package managers to install for the whole machine, as `CI` and root do.
 */
import { parseArgs } from 'node:util'
import { cannotRun } from '../packages/adapter-mongo/test/stand-in.ts'
import { neededBy, type ServiceName, serviceNames } from './services/service.ts'
import type { Running } from './services/state.ts'
import { down, type Outcome, runningNow, up } from './services/up.ts'

const { positionals, values: flags } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, install: { type: 'boolean', default: false } },
})

function wanted(): readonly ServiceName[] {
  if (flags.only === undefined) return serviceNames
  const names = flags.only.split(',')
  const unknown = names.filter((name) => !(serviceNames as readonly string[]).includes(name))
  if (unknown.length > 0) usage(`There is no service ${unknown.join(', ')}. Services: ${serviceNames.join(', ')}.`)
  return serviceNames.filter((name) => names.includes(name))
}

function usage(why: string): never {
  console.error(`${why}\npnpm services up|down|status [--only ${serviceNames.join(',')}] [--install]`)
  process.exit(2)
}

/** A URL of the environment may hold one, and logs are read by others. */
const password = /(:\/\/[^:@/]*:)[^@/]*@/g

function show(name: string, how: string, from: string, urls: Readonly<Record<string, string>>): void {
  console.log(`${name.padEnd(9)} ${how.padEnd(8)} ${from}`)
  for (const [variable, url] of Object.entries(urls)) console.log(`  ${variable}=${url.replaceAll(password, '$1***@')}`)
}

function showOutcome(outcome: Outcome): void {
  if (outcome.how !== 'missing') show(outcome.name, outcome.how, outcome.running.from, outcome.running.urls)
  else {
    show(outcome.name, 'MISSING', '', {})
    for (const reason of outcome.why) console.log(`  - ${reason}`)
  }
}

function showStandIn({ from, standIn }: Running): void {
  if (standIn === undefined) return
  const cases = Object.entries(cannotRun[standIn] ?? {})
  console.log(`\nNot the real thing: ${from}.${cases.length > 0 ? ' Cases that it cannot run:' : ''}`)
  for (const [name, reason] of cases) console.log(`  ${name} (${reason})`)
}

const [command] = positionals
// An exit, unlike the signal's own end, takes along what has not been recorded yet.
process.once('SIGINT', () => process.exit(130))
if (command === 'up') {
  const outcomes = await up(wanted(), { install: flags.install })
  for (const outcome of outcomes) showOutcome(outcome)
  for (const outcome of outcomes) if (outcome.how !== 'missing') showStandIn(outcome.running)
  const needed = Object.values(neededBy).flatMap(({ needs }) => needs)
  process.exitCode = outcomes.some(({ name, how }) => how === 'missing' && needed.includes(name)) ? 1 : 0
} else if (command === 'down') {
  const stopped = await down(wanted())
  console.log(stopped.length > 0 ? `stopped: ${stopped.join(', ')}` : 'nothing was running')
} else if (command === 'status') {
  const running = runningNow(wanted())
  for (const name of wanted()) {
    const one = running.get(name)
    show(name, one ? 'running' : 'down', one?.from ?? '', one?.urls ?? {})
  }
} else usage(command === undefined ? 'What is to be done?' : `There is no command ${command}.`)
