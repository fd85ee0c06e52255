/** The words of this folder: an engine is a database product, a program one way to run it here, a server one that runs. */

export type EngineName = 'redis' | 'valkey' | 'postgres' | 'pgbouncer' | 'mongo'

/** How an engine can be run on this machine. `label` says which and from where: `Redis 7.0.15 on the path`. */
export type Program = { readonly label: string; readonly standIn?: string } & (
  | { readonly run: 'process'; readonly path: string; readonly env?: NodeJS.ProcessEnv; readonly as?: Account }
  | { readonly run: 'container'; readonly image: string }
)

export type Account = { readonly uid: number; readonly gid: number }

export type ServerOptions = {
  readonly port: number
  /** Holds the data, and the log of a process. */
  readonly folder: string
  /** Redis: a member of a Cluster, which talks to the others on `busPort`. MongoDB: a replica set of one, with change streams. */
  readonly clustered: boolean
  readonly busPort?: number
  /** PgBouncer: the URL of the server behind it. */
  readonly behind?: string
  /** Acknowledged writes are on the disk. Off for the test services, which nobody restarts. */
  readonly durable: boolean
}

/** What to execute. The arguments of a container follow its image. */
export type Launch = {
  readonly args: readonly string[]
  readonly env?: NodeJS.ProcessEnv
  /** Asks the server to close its files and end. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT'
  /** Where a container keeps its data. */
  readonly volume?: string
  /** A container then shares the network of this machine instead of publishing its port. */
  readonly hostNetwork?: boolean
}

/** One attempt to have an engine: the program, or why it cannot be had this way. */
export type Way = () => Promise<Program | string>

export type Engine = {
  readonly name: EngineName
  readonly title: string
  /** In the order in which they are tried. */
  ways(options: { install: boolean }): readonly Way[]
  /** Fills an empty data folder, and resolves to the program as it is to be run with it. */
  prepare(program: Program, options: ServerOptions): Promise<Program>
  launch(program: Program, options: ServerOptions): Launch
  /** Rejects while the server does not take commands yet; the first one after a start may set it up. */
  ready(port: number, options: ServerOptions): Promise<void>
  url(port: number): string
}

/** The first way that works, or every reason why none did. */
export async function firstWay(ways: readonly Way[]): Promise<Program | { readonly missing: readonly string[] }> {
  const missing: string[] = []
  for (const way of ways) {
    const found = await way()
    if (typeof found !== 'string') return found
    missing.push(found)
  }
  return { missing }
}
