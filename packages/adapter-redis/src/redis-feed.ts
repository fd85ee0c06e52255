import type { ChangeFeed, Duration, Publication } from '@rollcall/core'
import { createCaller } from './caller.ts'
import { callWithin } from './deadline.ts'
import { driverOf, type RedisClient } from './driver/recognise.ts'
import { createCallIds } from './feed/call-ids.ts'
import { createChannels } from './feed/channels.ts'
import { createEar } from './feed/ear.ts'
import { changesMessage, signalMessage } from './feed/message.ts'
import { createLayout } from './layout.ts'
import { type RedisStoreOptions, settingsOf } from './options.ts'
import { askServers, checkVersion } from './server-check.ts'

export interface RedisFeedOptions extends Pick<RedisStoreOptions, 'prefix' | 'onWarning'> {
  /** Every call is answered or rejected within this time. @default '5s' */
  readonly timeout?: Duration
}

/** Parts that changes are divided into by user, so that a Cluster shares the load. */
const PARTITIONS = 16

/**
 * The change feed of Redis for the records of another store: `withFeed(store, redisFeed(client))`. Nothing is stored.
 * `client` as for `redisStore`: only its settings are used, for two connections that are the feed's own. Not for the
 * prefix of a `redisStore`, which has its own feed.
 */
export function redisFeed(client: RedisClient, options: RedisFeedOptions = {}): ChangeFeed {
  const { prefix, timeoutMs, onWarning } = settingsOf({ prefix: 'rollcall-feed', ...options })
  const driver = driverOf(client)
  const layout = createLayout(prefix, PARTITIONS)
  const channels = createChannels(layout)
  const newCallId = createCallIds()
  const calls = createCaller({
    driver,
    role: 'calls',
    timeoutMs,
    async check(commands) {
      for (const info of await askServers(commands, onWarning)) checkVersion(info)
    },
  })
  const signal: ChangeFeed['signal'] = (of) =>
    calls.call('a signal', async (commands) => {
      await commands.run('publish', [channels.ofSignals(of.topic)], [signalMessage(of)])
    })
  const ear = createEar({
    channels,
    listen: driver.listen,
    inTime: (listener, work, onMute) => callWithin(listener, timeoutMs, 'a subscription', work, onMute),
    publish: signal,
  })
  return {
    publish: (publications) =>
      calls.call('a publication', async (commands) => {
        await Promise.all(
          layout.all.map(async (partition) => {
            const texts = textsOf(publications, partition)
            if (texts.size > 0) await commands.run('publish', [...texts.keys()], [...texts.values()])
          }),
        )
      }),
    signal,
    subscribe: ear.subscribe,
    async close() {
      ear.close()
      calls.close()
    },
  }

  /** What to publish in one partition, by channel. */
  function textsOf(publications: readonly Publication[], partition: number): ReadonlyMap<string, string> {
    const byChannel = new Map<string, [number, Publication][]>()
    for (const [number, publication] of publications.entries()) {
      if (layout.partitionOf(publication.change.userId) !== partition) continue
      for (const name of new Set(publication.topics.map((topic) => channels.in(partition, topic)))) {
        const told = byChannel.get(name)
        if (told === undefined) byChannel.set(name, [[number, publication]])
        else told.push([number, publication])
      }
    }
    const callId = newCallId()
    return new Map([...byChannel].map(([name, told]) => [name, changesMessage(callId, told)]))
  }
}
