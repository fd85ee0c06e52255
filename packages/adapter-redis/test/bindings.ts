import { randomBytes } from 'node:crypto'
import { Cluster, Redis } from 'ioredis'
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis5'
import { createClient, createCluster } from 'redis'
import { createClient as createClient5, createCluster as createCluster5 } from 'redis5'
import type { RedisClient } from '../src/index.ts'

/** A client as an application makes it; disposing it closes it. */
export interface OpenedClient extends AsyncDisposable {
  readonly client: RedisClient
}

/** Makes a client of one driver for the server, or the servers, at a URL. */
export type Binding = (urls: string) => Promise<OpenedClient>

const opened = (client: RedisClient, close: () => unknown): OpenedClient => ({
  client,
  async [Symbol.asyncDispose]() {
    await close()
  },
})

const noListener = () => {}
const hostsOf = (urls: string) =>
  urls.split(',').map((url) => ({ host: new URL(url).hostname, port: Number(new URL(url).port) }))
const rootsOf = (urls: string) => urls.split(',').map((url) => ({ url }))

const ioredis6 =
  (protocol: 2 | 3): Binding =>
  async (url) => {
    const client = new Redis(url, { protocol })
    return opened(client.on('error', noListener), () => client.disconnect())
  }

const ioredis5: Binding = async (url) => {
  const client = new Redis5(url)
  return opened(client.on('error', noListener), () => client.disconnect())
}

const nodeRedis6 =
  (RESP: 2 | 3): Binding =>
  async (url) => {
    const client = createClient({ url, RESP })
    await client.on('error', noListener).connect()
    return opened(client, () => client.destroy())
  }

const nodeRedis5 =
  (RESP: 2 | 3): Binding =>
  async (url) => {
    const client = createClient5({ url, RESP })
    await client.on('error', noListener).connect()
    return opened(client, () => client.destroy())
  }

const ioredisCluster6: Binding = async (urls) => {
  const client = new Cluster(hostsOf(urls))
  return opened(client.on('error', noListener), () => client.disconnect())
}

const ioredisCluster5: Binding = async (urls) => {
  const client = new Cluster5(hostsOf(urls))
  return opened(client.on('error', noListener), () => client.disconnect())
}

const nodeRedisCluster6: Binding = async (urls) => {
  const client = createCluster({ rootNodes: rootsOf(urls) })
  await client.on('error', noListener).connect()
  return opened(client, () => client.destroy())
}

const nodeRedisCluster5: Binding = async (urls) => {
  const client = createCluster5({ rootNodes: rootsOf(urls) })
  await client.on('error', noListener).connect()
  return opened(client, () => client.destroy())
}

/** One server, by every driver and protocol. */
export const IOREDIS: Readonly<Record<string, Binding>> = {
  'ioredis 6, RESP3': ioredis6(3),
  'ioredis 6, RESP2': ioredis6(2),
  'ioredis 5': ioredis5,
}

export const NODE_REDIS: Readonly<Record<string, Binding>> = {
  'node-redis 6, RESP3': nodeRedis6(3),
  'node-redis 6, RESP2': nodeRedis6(2),
  'node-redis 5, RESP3': nodeRedis5(3),
  'node-redis 5, RESP2': nodeRedis5(2),
}

export const IOREDIS_CLUSTER: Readonly<Record<string, Binding>> = {
  'ioredis 6': ioredisCluster6,
  'ioredis 5': ioredisCluster5,
}

export const NODE_REDIS_CLUSTER: Readonly<Record<string, Binding>> = {
  'node-redis 6': nodeRedisCluster6,
  'node-redis 5': nodeRedisCluster5,
}

/** The address that the services of the tests are given by. */
export function urlOf(name: 'REDIS_URL' | 'REDIS_CLUSTER_URL' | 'VALKEY_URL'): string {
  const url = process.env[name]
  if (url === undefined) throw new Error(`${name} is not set: run pnpm services up`)
  return url
}

/** A beginning of keys that no other test has. */
export function newPrefix(): string {
  return `test-${randomBytes(6).toString('hex')}-`
}

/** Removes every key that begins with `prefix` from these servers. */
export async function removeKeys(prefix: string, urls: string): Promise<void> {
  for (const url of urls.split(',')) {
    const client = new Redis(url)
    let cursor = '0'
    do {
      const [next, keys] = await client.scan(cursor, 'MATCH', `${prefix}*`, 'COUNT', 1000)
      await Promise.all(keys.map((key) => client.unlink(key)))
      cursor = next
    } while (cursor !== '0')
    client.disconnect()
  }
}
