import { CONNECT_TIMEOUT_MS, connectionName, type Role, reconnectDelayMs } from './driver.ts'

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

export type MessageListener = (message: string, channel: string) => void

/** A duplicate, which is our own. */
export interface Own {
  on(event: string, listener: (...args: never[]) => void): unknown
  connect(): Promise<unknown>
  destroy(): void
  sSubscribe(channels: string | string[], listener: MessageListener): Promise<unknown>
  sUnsubscribe(channels: string | string[]): Promise<unknown>
}

export interface OwnCluster extends Own, NodeRedisCluster {
  readonly nodeByAddress: ReadonlyMap<string, { readonly pubSub?: { readonly client: Pick<Own, 'on'> } | undefined }>
  readonly masters: readonly { readonly client?: unknown }[]
  nodeClient(node: unknown): Promise<NodeRedisClient> | NodeRedisClient
}

type Options = { readonly socket?: object; readonly name?: string; readonly defaults?: Options }

export function isCluster(client: NodeRedisClient | NodeRedisCluster): client is NodeRedisCluster {
  return 'slots' in client
}

/** Never a command later than it was sent; connecting goes on until we close. */
function settingsOf(options: Options, role: Role) {
  const socket = { ...options.socket, connectTimeout: CONNECT_TIMEOUT_MS, reconnectStrategy: reconnectDelayMs }
  return { name: connectionName(options.name, role), disableOfflineQueue: true, commandOptions: {}, socket }
}

// Keys are ours to name, so that they and the channels agree.
const NO_PREFIX = { keyPrefix: undefined }

export function duplicate(client: NodeRedisClient, role: Role): Own & NodeRedisClient {
  const overrides = { ...settingsOf((client.options ?? {}) as Options, role), ...NO_PREFIX }
  return client.duplicate(overrides as never) as Own & NodeRedisClient
}

export function duplicateCluster(client: NodeRedisCluster, role: Role): OwnCluster {
  const { defaults = {} } = (client as unknown as { readonly _options: Options })._options
  const settings = settingsOf(defaults, role)
  const { commandOptions } = settings
  const overrides = { defaults: { ...defaults, ...settings }, commandOptions, useReplicas: false, ...NO_PREFIX }
  return client.duplicate(overrides as never) as OwnCluster
}

export function destroy(own: Own): void {
  try {
    own.destroy()
  } catch {
    // It was never open.
  }
}
