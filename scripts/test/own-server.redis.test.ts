import { expect, test } from 'vitest'
import { type OwnServer, startOwn, startOwnCluster } from '../services/own-server.ts'
import { askRedis } from '../services/redis.ts'

const ask = (server: OwnServer, command: string) => askRedis(Number(new URL(server.url).port), command)

test('a durable server keeps what it acknowledged through a crash, at the same address', async () => {
  await using server = await startOwn('redis')
  await ask(server, 'SET key kept')
  await server.kill()
  await expect(ask(server, 'PING')).rejects.toThrow('ECONNREFUSED')
  await server.start()
  expect(await ask(server, 'GET key')).toContain('kept')
})

test('a server that is not durable comes back empty', async () => {
  await using server = await startOwn('redis', { durable: false })
  await ask(server, 'SET key lost')
  await server.stop()
  await server.start()
  expect(await ask(server, 'GET key')).toBe('$-1')
})

test('a Cluster of one’s own has three masters, and takes one back that was killed', async () => {
  await using cluster = await startOwnCluster()
  const [first, second] = cluster.nodes
  if (!first || !second) throw new Error('There are three.')
  await second.kill()
  await second.start()
  await expect.poll(() => ask(second, 'CLUSTER INFO'), { timeout: 30_000 }).toContain('cluster_state:ok')
  expect(await ask(first, 'CLUSTER SHARDS')).toMatch(/^\*3/)
})
