import {
  type ChannelListener,
  CONNECT_TIMEOUT_MS,
  connectionName,
  type RedisConnection,
  type RedisDriver,
  type RedisListener,
  type Role,
  reconnectDelayMs,
} from './driver.ts'
import { createReadiness, type Readiness } from './readiness.ts'

/** What is used of a client of node-redis, version 5 or 6. */
export interface NodeRedisClient {
  readonly options?: object | undefined
  duplicate(overrides?: never): unknown
  sendCommand(args: readonly string[]): Promise<unknown>
}

/** What is used of a Cluster of node-redis, version 5 or 6. */
export interface NodeRedisCluster {
  readonly slots: readonly unknown[]
  duplicate(overrides?: never): unknown
  sendCommand(firstKey: string | undefined, isReadonly: boolean | undefined, args: string[]): Promise<unknown>
}

type Listener = (message: string, channel: string) => void

interface Own {
  on(event: string, listener: (...args: never[]) => void): unknown
  connect(): Promise<unknown>
  destroy(): void
  sSubscribe(channels: string | string[], listener: Listener): Promise<unknown>
  sUnsubscribe(channels: string | string[]): Promise<unknown>
}

interface OwnCluster extends Own, NodeRedisCluster {
  readonly masters: readonly { readonly client?: unknown }[]
  nodeClient(node: unknown): Promise<NodeRedisClient> | NodeRedisClient
}

type Options = { readonly socket?: object; readonly name?: string; readonly defaults?: Options }

function isCluster(client: NodeRedisClient | NodeRedisCluster): client is NodeRedisCluster {
  return 'slots' in client
}

/** Never a command later than it was sent; connecting goes on until we close. */
function own(options: Options, role: Role): object {
  const socket = { ...options.socket, connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: reconnectDelayMs }
  const name = connectionName(options.name, role)
  return { name, disableOfflineQueue: true, commandOptions: {}, keyPrefix: undefined, socket }
}

function duplicate(client: NodeRedisClient | NodeRedisCluster, role: Role): Own {
  if (!isCluster(client)) return client.duplicate(own((client.options ?? {}) as Options, role) as never) as Own
  const { defaults = {} } = (client as unknown as { readonly _options: Options })._options
  const { keyPrefix: _, ...perNode } = own(defaults, role) as { keyPrefix?: string }
  const overrides = { defaults: { ...defaults, ...perNode }, keyPrefix: undefined, useReplicas: false }
  return client.duplicate(overrides as never) as Own
}

function watch(connection: Own, readiness: Readiness, ofCluster: boolean): void {
  connection.on('error', readiness.onError as never)
  if (ofCluster) {
    connection.on('node-error', readiness.onError as never)
    // What discovers the nodes does not try again by itself.
    const connect = (attempt: number) => {
      connection.connect().then(readiness.onReady, (error) => {
        readiness.onError(error)
        if (readiness.isClosed()) return
        setTimeout(connect, reconnectDelayMs(attempt), attempt + 1)
      })
    }
    connect(0)
    return
  }
  connection.on('ready', readiness.onReady)
  connection.on('reconnecting', readiness.onAway)
  connection.on('end', readiness.onClosed)
  connection.connect().catch(readiness.onError)
}

export function nodeRedisDriver(client: NodeRedisClient | NodeRedisCluster): RedisDriver {
  const ofCluster = isCluster(client)
  const connections = new WeakMap<RedisConnection, Own>()
  return {
    isCluster: ofCluster,
    connect(role) {
      const readiness = createReadiness()
      const made = duplicate(client, role)
      watch(made, readiness, ofCluster)
      const connection: RedisConnection = {
        ready: readiness.ready,
        lastError: readiness.lastError,
        send: ofCluster
          ? (key, command) => (made as OwnCluster).sendCommand(key, false, [...command])
          : (_, command) => (made as unknown as NodeRedisClient).sendCommand(command),
        close: () => close(made, readiness),
      }
      connections.set(connection, made)
      return connection
    },
    listen: (listener) => listen(client, listener),
    async describe(connection) {
      const made = connections.get(connection)
      if (!ofCluster) return [String(await (made as unknown as NodeRedisClient).sendCommand(['INFO']))]
      const cluster = made as OwnCluster
      const masters = await Promise.all(cluster.masters.map((master) => cluster.nodeClient(master)))
      return Promise.all(masters.map(async (master) => String(await master.sendCommand(['INFO']))))
    },
  }
}

function listen(client: NodeRedisClient | NodeRedisCluster, listener: ChannelListener): RedisListener {
  const ofCluster = isCluster(client)
  const readiness = createReadiness()
  const made = duplicate(client, 'feed')
  const onMessage: Listener = (text, channel) => listener.onMessage(channel, text)
  let wasReady = false
  const onReturn = () => {
    if (wasReady) listener.onReturn()
    wasReady = true
  }
  made.on('ready', onReturn)
  for (const event of ['node-ready', 'sharded-channel-moved-error']) made.on(event, listener.onReturn)
  watch(made, readiness, ofCluster)
  return {
    ready: readiness.ready,
    lastError: readiness.lastError,
    async subscribe(channels) {
      await made.sSubscribe([...channels], onMessage)
    },
    async unsubscribe(channels) {
      await made.sUnsubscribe([...channels])
    },
    close: () => close(made, readiness),
  }
}

function close(made: Own, readiness: Readiness): void {
  readiness.onClosed()
  try {
    made.destroy()
  } catch {
    // It was never open.
  }
}
