import type { PresenceStore, PublishedTopic } from '@rollcall/core'
import { type CallerOptions, createCaller } from './caller.ts'
import { callWithin } from './deadline.ts'
import { driverOf, type RedisClient } from './driver/recognise.ts'
import { readDue } from './due-users.ts'
import { createCallIds } from './feed/call-ids.ts'
import { createChannels } from './feed/channels.ts'
import { createEar } from './feed/ear.ts'
import { probeMessage, signalMessage } from './feed/message.ts'
import { createLayout } from './layout.ts'
import { createNodes } from './nodes.ts'
import { type RedisStoreOptions, settingsOf } from './options.ts'
import { createReader } from './reads.ts'
import { createSaver } from './saves.ts'
import { askServers, checkEviction, checkLayout, checkVersion } from './server-check.ts'

/**
 * A store on Redis 7 or newer, or Valkey 8 or newer: one server, with or without Sentinel, or a Cluster.
 *
 * `client` is a client of ioredis or node-redis, version 5 or 6, of which only the settings are used: the store opens
 * up to three connections like it (calls, renewals, subscriptions) when they are first needed, without offline queue
 * and without sending anything twice, and `close` closes those. The given client is neither used nor closed.
 *
 * Every call is answered or rejected within `timeout`; one that was rejected may have been executed. The first call
 * checks the server, and each one after it until it is fit: too old a server, one that may evict keys, or data with
 * other settings is an `invalid-option`.
 */
export function redisStore(client: RedisClient, options: RedisStoreOptions = {}): PresenceStore {
  const settings = settingsOf(options)
  const driver = driverOf(client)
  const { isCluster } = driver
  const layout = createLayout(settings.prefix, settings.partitions)
  const channels = createChannels(layout)
  const callerOptions: Omit<CallerOptions, 'role'> = {
    driver,
    timeoutMs: settings.timeoutMs,
    async check(commands) {
      for (const info of await askServers(commands, settings.onWarning)) {
        checkVersion(info)
        checkEviction(info)
      }
      await checkLayout(commands, layout, settings)
    },
  }
  const calls = createCaller({ ...callerOptions, role: 'calls' })
  // A renewal must not wait behind whatever else was asked for.
  const renewals = createCaller({ ...callerOptions, role: 'renewals' })
  const saver = createSaver({ layout, maxRecordBytes: settings.maxRecordBytes, newCallId: createCallIds() })
  const reader = createReader(layout, isCluster)
  const nodes = createNodes({ layout, isCluster })
  const ear = createEar({
    channels,
    listen: driver.listen,
    inTime: (listener, work, onMute) => callWithin(listener, settings.timeoutMs, 'a subscription', work, onMute),
    publish: (signal) =>
      calls.call('a signal', async (commands) => {
        await commands.run('publish', [channels.ofSignals(signal.topic)], [signalMessage(signal)])
      }),
  })
  let probes = 0

  return {
    capabilities: {
      name: 'redis',
      durable: settings.durable,
      shared: true,
      fencedSaves: true,
      atomicPublication: true,
      feed: { kind: 'push' },
    },
    now: () => renewals.call('now', async (commands) => (await commands.run('now', [layout.state], [])) as number),
    load: (userIds) => calls.call('load', (commands) => reader.load(commands, userIds)),
    save: (writes) => calls.call('save', (commands) => saver.save(commands, writes)),
    due: (now, cursor, limit) =>
      calls.call('due', (commands) => readDue(commands, { layout, isCluster }, now, { cursor, limit })),
    list: (query, cursor, limit) => calls.call('list', (commands) => reader.list(commands, query, cursor, limit)),
    count: (query) => calls.call('count', (commands) => reader.count(commands, query)),
    async renewNode(nodeId, until, now, { afterMs, forMs }) {
      const topic: PublishedTopic = `node:${nodeId}`
      const number = ++probes
      // On a Cluster every shard has a connection of its own, and each of them may be dead without a word.
      if (isCluster && ear.hears(topic)) {
        ear.expectProbes(topic, number, layout.all.slice(1))
      }
      return nodes.renew(
        renewals.call,
        nodeId,
        { until, now, afterMs, forMs },
        {
          channel: channels.in(layout.nodesPartition, topic),
          text: signalMessage({ topic, signal: { type: 'renewed', until } }),
          probe: (partition) => ({ channel: channels.in(partition, topic), text: probeMessage(topic, number) }),
        },
      )
    },
    deadNodes: (now, cursor, limit) => calls.call('deadNodes', (commands) => nodes.dead(commands, now, cursor, limit)),
    usersOf: (nodeId, cursor, limit) =>
      calls.call('usersOf', (commands) => reader.usersOf(commands, nodeId, cursor, limit)),
    removeNode: (nodeId) => calls.call('removeNode', (commands) => nodes.remove(commands, nodeId)),
    subscribe: (listener) => ear.subscribe(listener),
    async close() {
      ear.close()
      calls.close()
      renewals.close()
    },
  }
}
