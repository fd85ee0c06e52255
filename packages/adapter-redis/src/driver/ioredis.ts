import {
  type ChannelListener,
  CONNECT_TIMEOUT_MS,
  connectionName,
  type RedisDriver,
  type RedisListener,
  type Role,
  reconnectDelayMs,
} from './driver.ts'
import { createReadiness, type Readiness } from './readiness.ts'

/** What is used of an ioredis client or Cluster, version 5 or 6. */
export interface IoredisClient {
  readonly isCluster: boolean
  readonly options?: Named & { readonly redisOptions?: Named | undefined }
  call(command: string, ...args: string[]): Promise<unknown>
  duplicate(...overrides: never[]): unknown
}

interface Named {
  readonly connectionName?: string | undefined
}

/** What is used of a duplicate, which is our own. */
interface Duplicate extends IoredisClient {
  readonly status: string
  on(event: string, listener: (...args: never[]) => void): unknown
  connect(): Promise<unknown>
  ssubscribe(...channels: string[]): Promise<unknown>
  sunsubscribe(...channels: string[]): Promise<unknown>
  nodes(role: 'master'): readonly IoredisClient[]
  disconnect(): void
}

/**
 * Never a command later than it was sent: `maxRetriesPerRequest: 0` rejects what was under way when the connection went.
 * Keys are ours to name, so that they and the channels agree.
 */
const COMMANDS = {
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
  enableAutoPipelining: false,
  connectTimeout: CONNECT_TIMEOUT_MS,
  commandTimeout: undefined,
  keyPrefix: '',
  readOnly: false,
  stringNumbers: false,
  // A failed command is our business, also when it failed for the sake of a failover.
  reconnectOnError: isOnReplica,
}

/** After a failover the former master refuses writes; whoever takes over is found by connecting anew. */
function isOnReplica(error: Error): boolean {
  return error.message.startsWith('READONLY')
}

function duplicate(client: IoredisClient, role: Role): Duplicate {
  const { options: given = {} } = client
  const name = connectionName((client.isCluster ? given.redisOptions : given)?.connectionName, role)
  // Whatever is to be heard again is subscribed by the ear, which tells of the gap then.
  const single = { ...COMMANDS, connectionName: name, autoResubscribe: false }
  if (!client.isCluster) {
    const options = { ...single, lazyConnect: true, retryStrategy: reconnectDelayMs }
    return client.duplicate(options as never) as Duplicate
  }
  const { enableOfflineQueue, reconnectOnError, readOnly, ...redisOptions } = single
  const options = {
    enableOfflineQueue,
    keyPrefix: '',
    lazyConnect: true,
    shardedSubscribers: role === 'feed',
    scaleReads: 'master',
    // It would send again what was under way when the connection went.
    retryDelayOnFailover: 0,
    clusterRetryStrategy: reconnectDelayMs,
    redisOptions,
  }
  return client.duplicate([] as never, options as never) as Duplicate
}

function watch(connection: Duplicate, readiness: Readiness): void {
  connection.on('ready', readiness.onReady)
  connection.on('close', readiness.onAway)
  connection.on('error', readiness.onError as never)
  connection.on('nodeError', readiness.onError as never)
  connection.on('end', readiness.onClosed)
  connection.connect().catch(readiness.onError)
}

export function ioredisDriver(client: IoredisClient): RedisDriver {
  return {
    isCluster: client.isCluster,
    connect(role) {
      const readiness = createReadiness()
      const own = duplicate(client, role)
      watch(own, readiness)
      return {
        ready: readiness.ready,
        isReady: readiness.isReady,
        lastError: readiness.lastError,
        send: (_, [name = '', ...args]) => own.call(name, ...args),
        describe() {
          const masters = own.isCluster ? own.nodes('master') : [own]
          return Promise.all(masters.map(async (master) => String(await master.call('INFO'))))
        },
        close() {
          readiness.onClosed()
          own.disconnect()
        },
      }
    },
    listen: (listener) => listen(client, listener),
  }
}

function listen(client: IoredisClient, listener: ChannelListener): RedisListener {
  const readiness = createReadiness()
  const own = duplicate(client, 'feed')
  let wasReady = false
  const onReturn = () => {
    if (wasReady) listener.onReturn()
    wasReady = true
  }
  // A Cluster opens a connection to each master that has a channel, and says so when it opens another instead.
  own.on(own.isCluster ? 'subscribersReady' : 'ready', onReturn)
  own.on('smessage', ((channel: string, text: string) => listener.onMessage(channel, text)) as never)
  watch(own, readiness)
  return {
    ready: readiness.ready,
    isReady: readiness.isReady,
    lastError: readiness.lastError,
    async subscribe(channels) {
      await own.ssubscribe(...channels)
    },
    async unsubscribe(channels) {
      await own.sunsubscribe(...channels)
    },
    close() {
      readiness.onClosed()
      own.disconnect()
    },
  }
}
