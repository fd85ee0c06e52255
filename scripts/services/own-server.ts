/** A server of one's own: for tests that stop, kill or wipe it, and for benches. */
import { firstWay } from './engine.ts'
import { forgetServer, killServer, type ServerHandle, stopServer } from './handle.ts'
import { mongo } from './mongo.ts'
import { postgres } from './postgres.ts'
import { formCluster, redis, valkey } from './redis.ts'
import { newFolder, prepareServer, removeFolder, runServer } from './server.ts'
import { locked } from './state.ts'

const engines = { redis, valkey, mongo, postgres }
type OwnName = keyof typeof engines

export interface OwnServer extends AsyncDisposable {
  /** The same after every start. */
  readonly url: string
  /** What runs: `Redis 7.0.15 on the path`. */
  readonly label: string
  /** The process, while one runs; `undefined` for a container. With it a server can be made to hang (`SIGSTOP`). */
  readonly pid: number | undefined
  /** Resolves when it takes commands; nothing happens while it runs. */
  start(): Promise<void>
  /** Lets it close its files. Resolves when it has ended. */
  stop(): Promise<void>
  /** Ends it as a crash would. */
  kill(): Promise<void>
  /** Stops it for good and removes its data. */
  close(): Promise<void>
}

type OwnOptions = { readonly durable?: boolean; readonly clustered?: boolean }

/**
 * Starts a server on a port and in a folder of its own, from where `services up` takes its programs; a URL in the
 * environment is not used, for what is stopped must be ours.
 *
 * @param options.durable acknowledged writes survive {@link OwnServer.kill}. @default true. Without it Redis starts empty
 *   after `stop` and `kill`: a wiped server.
 * @param options.clustered MongoDB: a replica set of one, with change streams. @default false
 * @throws when it cannot be had, with every way that was tried.
 */
export async function startOwn(name: OwnName, options: OwnOptions = {}): Promise<OwnServer> {
  const { server } = await startOne(name, options)
  return server
}

/**
 * Starts a Redis Cluster of three masters, one of which can be stopped, killed and started again.
 * `url` names all three, joined by commas.
 */
export async function startOwnCluster(
  options: { durable?: boolean } = {},
): Promise<{ url: string; nodes: readonly OwnServer[] } & AsyncDisposable> {
  await using started = new AsyncDisposableStack()
  const members: { port: number; busPort: number }[] = []
  const nodes: OwnServer[] = []
  for (let index = 0; index < 3; index++) {
    const { server, ports } = await startOne('redis', { ...options, clustered: true })
    nodes.push(started.use(server))
    members.push(ports)
  }
  await formCluster(members)
  const all = started.move()
  return { url: nodes.map(({ url }) => url).join(','), nodes, [Symbol.asyncDispose]: () => all.disposeAsync() }
}

async function startOne(
  name: OwnName,
  options: OwnOptions,
): Promise<{ server: OwnServer; ports: { port: number; busPort: number } }> {
  const engine = engines[name]
  const found = await locked(() => firstWay(engine.ways({ install: false })))
  if ('missing' in found) throw new Error(`There is no ${engine.title}: ${found.missing.join('; ')}`)
  const folder = newFolder()
  const prepared = await prepareServer(engine, found, { folder, durable: true, ...options })
  const run = () => runServer(engine, prepared.program, prepared.options)
  let latest = await run()
  let server: ServerHandle | undefined = latest
  const own: OwnServer = {
    url: engine.url(prepared.options.port),
    label: found.label,
    get pid() {
      return server && 'pid' in server ? server.pid : undefined
    },
    async start() {
      // What a killed PostgreSQL leaves in memory goes with its last child, a moment later.
      server ??= latest = await run().catch(run)
    },
    async stop() {
      if (server) await stopServer(server)
      server = undefined
    },
    async kill() {
      if (server) await killServer(server)
      server = undefined
    },
    async close() {
      await own.stop()
      forgetServer(latest)
      removeFolder(folder)
    },
    [Symbol.asyncDispose]: () => own.close(),
  }
  return { server: own, ports: { port: prepared.options.port, busPort: prepared.options.busPort ?? 0 } }
}
