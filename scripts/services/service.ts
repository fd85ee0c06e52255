/** The services that tests ask for, each one or more servers of an engine. */

import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type Engine, firstWay, type Program } from './engine.ts'
import { forgetServer, type ServerHandle, stopServer } from './handle.ts'
import { mongo } from './mongo.ts'
import { pgbouncer } from './pgbouncer.ts'
import { postgres } from './postgres.ts'
import { formCluster, redis, valkey } from './redis.ts'
import { newFolder, prepareServer, removeFolder, runServer } from './server.ts'
import type { Running } from './state.ts'

export const serviceNames = ['redis', 'cluster', 'valkey', 'mongo', 'postgres', 'pgbouncer'] as const
export type ServiceName = (typeof serviceNames)[number]

type Service = {
  readonly engine: Engine
  /** What each variable names: `count` servers, their URLs joined by commas. */
  readonly variables: Readonly<Record<string, { count: number; clustered: boolean }>>
  /** The service that it needs to have before it, and hands everything on to. */
  readonly behind?: ServiceName
}

/** A project of Vitest, and a suffix of its test files. */
export type TestKind = 'redis' | 'mongo' | 'postgres' | 'cluster'

/** What the tests of a kind cannot run without, and what some of their cases use where it can be had. */
export const neededBy: Readonly<Record<TestKind, { needs: readonly ServiceName[]; likes: readonly ServiceName[] }>> = {
  redis: { needs: ['redis', 'cluster'], likes: ['valkey'] },
  mongo: { needs: ['mongo'], likes: [] },
  postgres: { needs: ['postgres'], likes: ['pgbouncer'] },
  cluster: { needs: ['redis', 'mongo', 'postgres'], likes: [] },
}

export const services: Readonly<Record<ServiceName, Service>> = {
  redis: { engine: redis, variables: { REDIS_URL: { count: 1, clustered: false } } },
  cluster: { engine: redis, variables: { REDIS_CLUSTER_URL: { count: 3, clustered: true } } },
  valkey: { engine: valkey, variables: { VALKEY_URL: { count: 1, clustered: false } } },
  mongo: {
    engine: mongo,
    variables: { MONGO_URL: { count: 1, clustered: true }, MONGO_STANDALONE_URL: { count: 1, clustered: false } },
  },
  postgres: { engine: postgres, variables: { POSTGRES_URL: { count: 1, clustered: false } } },
  pgbouncer: {
    engine: pgbouncer,
    variables: { PGBOUNCER_URL: { count: 1, clustered: false } },
    behind: 'postgres',
  },
}

/** The variables of a service that the environment gives already. */
export function givenUrls(name: ServiceName, env: NodeJS.ProcessEnv = process.env): Record<string, string> {
  const given = Object.keys(services[name].variables).flatMap((variable) => {
    const url = env[variable]
    return url ? [[variable, url] as const] : []
  })
  return Object.fromEntries(given)
}

/** Rejects, naming the variable, when nobody listens at a URL of the environment. One without a port is taken at its word. */
export async function checkGiven(variable: string, url: string): Promise<void> {
  for (const one of url.split(',')) {
    const full = one.includes('://') ? one : `any://${one}`
    if (!URL.canParse(full)) throw new Error(`${variable} is set, but is no URL`)
    const { hostname, port } = new URL(full)
    if (!port) continue
    const socket = connect(Number(port), hostname).setTimeout(5000, () => socket.destroy(new Error('no answer in 5 s')))
    try {
      await once(socket, 'connect')
    } catch (error) {
      throw new Error(`${variable} is set, but ${hostname}:${port} cannot be reached: ${(error as Error).message}`)
    } finally {
      socket.destroy()
    }
  }
}

/** Starts what the environment does not give. Rejects when it does not start; `missing` when it cannot be had. */
export async function startService(
  name: ServiceName,
  options: { install: boolean; behind?: string | undefined },
): Promise<Running | { missing: readonly string[] }> {
  const { engine, variables } = services[name]
  const given = givenUrls(name)
  const program = await firstWay(engine.ways(options))
  if ('missing' in program) return program
  const folder = newFolder()
  const servers: ServerHandle[] = []
  const urls: Record<string, string> = {}
  try {
    for (const [variable, { count, clustered }] of Object.entries(variables)) {
      if (given[variable]) continue
      const started = await startServers(engine, program, {
        ...{ folder: join(folder, variable), count, clustered, servers },
        behind: options.behind,
      })
      urls[variable] = started.map(({ port }) => engine.url(port)).join(',')
    }
  } catch (error) {
    await stopService({ servers, folder })
    throw error
  }
  return {
    urls,
    from: program.label,
    ...(program.standIn ? { standIn: program.standIn } : {}),
    ...(options.behind ? { behind: options.behind } : {}),
    servers,
    folder,
  }
}

/** Each server is added to `servers` when it runs, so that a failure of the next one stops it. */
async function startServers(
  engine: Engine,
  program: Program,
  wanted: { folder: string; count: number; clustered: boolean; servers: ServerHandle[]; behind?: string | undefined },
): Promise<{ port: number }[]> {
  const members: { port: number; busPort: number }[] = []
  for (let index = 0; index < wanted.count; index++) {
    const folder = `${wanted.folder}-${index}`
    mkdirSync(folder, { recursive: true })
    const prepared = await prepareServer(engine, program, { ...wanted, folder })
    wanted.servers.push(await runServer(engine, prepared.program, prepared.options))
    members.push({ port: prepared.options.port, busPort: prepared.options.busPort ?? 0 })
  }
  if (engine === redis && wanted.clustered) await formCluster(members)
  return members
}

export async function stopService(running: Pick<Running, 'servers' | 'folder'>): Promise<void> {
  for (const server of running.servers) {
    await stopServer(server)
    forgetServer(server)
  }
  removeFolder(running.folder)
}
