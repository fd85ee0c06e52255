/** Brings services up and takes them down; what runs is remembered in `.services/state.json`. */
import { isAlive, letLive } from './handle.ts'
import {
  checkGiven,
  givenUrls,
  type ServiceName,
  serviceNames,
  services,
  startService,
  stopService,
} from './service.ts'
import { locked, type Running, readState, writeState } from './state.ts'

export type Outcome =
  | { readonly name: ServiceName; readonly how: 'given' | 'reused' | 'started'; readonly running: Running }
  | { readonly name: ServiceName; readonly how: 'missing'; readonly why: readonly string[] }

/** What an earlier `up` started, with what the environment gives, when that is all the service has and all of it lives. */
function known(name: ServiceName): Running | undefined {
  const started = readState()[name]
  if (!started?.servers.every(isAlive)) return undefined
  // What was behind it has gone, or is another one.
  if (started.behind !== urlBehind(name)) return undefined
  const urls = { ...started.urls, ...givenUrls(name) }
  return Object.keys(services[name].variables).every((variable) => urls[variable]) ? { ...started, urls } : undefined
}

/** The URL of what is to be behind a service, if that runs. */
function urlBehind(name: ServiceName): string | undefined {
  const { behind } = services[name]
  if (behind === undefined) return undefined
  const [url] = Object.values((given(behind) ?? known(behind))?.urls ?? {})
  return url
}

/** What the environment gives, as if it were running. `undefined` when a variable of the service is not set. */
function given(name: ServiceName): Running | undefined {
  const urls = givenUrls(name)
  if (Object.keys(services[name].variables).some((variable) => !urls[variable])) return undefined
  return { urls, from: 'given by the environment', servers: [], folder: '' }
}

/** Each service runs when this resolves, or is `missing`, with what went wrong: every way that was tried, and what to do. */
export async function up(names: readonly ServiceName[], options: { install: boolean }): Promise<Outcome[]> {
  const begun = new Map<ServiceName, Promise<Outcome>>()
  const begin = async (name: ServiceName): Promise<Outcome> => {
    try {
      const { behind } = services[name]
      if (behind !== undefined) await one(behind)
      return await upOne(name, options)
    } catch (error) {
      return { name, how: 'missing', why: [(error as Error).message] }
    }
  }
  const one = (name: ServiceName) => {
    const outcome = begun.get(name) ?? begin(name)
    begun.set(name, outcome)
    return outcome
  }
  return locked(() => Promise.all(names.map(one)))
}

async function upOne(name: ServiceName, options: { install: boolean }): Promise<Outcome> {
  for (const [variable, url] of Object.entries(givenUrls(name))) await checkGiven(variable, url)
  const ready = given(name)
  if (ready) return { name, how: 'given', running: ready }
  const alive = known(name)
  if (alive) return { name, how: 'reused', running: alive }
  const dead = readState()[name]
  if (dead) await forget(name, dead)
  const behind = urlBehind(name)
  if (services[name].behind !== undefined && behind === undefined) {
    return { name, how: 'missing', why: [`${services[name].behind} does not run`] }
  }
  const started = await startService(name, { ...options, behind })
  if ('missing' in started) return { name, how: 'missing', why: [...started.missing, remedy(name)] }
  writeState({ ...readState(), [name]: started })
  for (const server of started.servers) letLive(server)
  return { name, how: 'started', running: known(name) ?? started }
}

function remedy(name: ServiceName): string {
  const { engine, variables } = services[name]
  return `put ${engine.title} on the path, start Docker, or set ${Object.keys(variables).join(' and ')}`
}

async function forget(name: string, running: Running): Promise<void> {
  await stopService(running)
  const { [name]: _, ...rest } = readState()
  writeState(rest)
}

/** Stops what an earlier `up` started and removes its data. Resolves to the names of what was there. */
export async function down(names: readonly ServiceName[] = serviceNames): Promise<string[]> {
  return locked(async () => {
    const stopped = Object.entries(readState()).filter(([name]) => (names as readonly string[]).includes(name))
    for (const [name, running] of stopped) await forget(name, running)
    return stopped.map(([name]) => name)
  })
}

/** What can be used now, without starting anything. A service that died is not among it. */
export function runningNow(names: readonly ServiceName[] = serviceNames): Map<ServiceName, Running> {
  return new Map(
    names.flatMap((name) => {
      const running = given(name) ?? known(name)
      return running ? [[name, running] as const] : []
    }),
  )
}
