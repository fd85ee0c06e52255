import type { ChannelListener, RedisDriver, RedisListener } from './driver.ts'
import { destroy, duplicate, type MessageListener, type NodeRedisClient, type Own } from './node-redis-own.ts'
import { createReadiness, type Readiness } from './readiness.ts'

function watch(own: Own, readiness: Readiness): void {
  own.on('error', readiness.onError as never)
  own.on('ready', readiness.onReady)
  own.on('reconnecting', readiness.onAway)
  own.on('end', readiness.onClosed)
  own.connect().catch(readiness.onError)
}

export function nodeRedisDriver(client: NodeRedisClient): RedisDriver {
  return {
    isCluster: false,
    connect(role) {
      const readiness = createReadiness()
      const own = duplicate(client, role)
      watch(own, readiness)
      return {
        ready: readiness.ready,
        isReady: readiness.isReady,
        lastError: readiness.lastError,
        send: (_, command) => own.sendCommand(command),
        describe: async () => [String(await own.sendCommand(['INFO']))],
        close() {
          readiness.onClosed()
          destroy(own)
        },
      }
    },
    listen: (listener) => listen(client, listener),
  }
}

function listen(client: NodeRedisClient, { onMessage, onReturn }: ChannelListener): RedisListener {
  const readiness = createReadiness()
  const own = duplicate(client, 'feed')
  const hear: MessageListener = (text, channel) => onMessage(channel, text)
  let wasReady = false
  own.on('ready', () => {
    if (wasReady) onReturn()
    wasReady = true
  })
  watch(own, readiness)
  return {
    ready: readiness.ready,
    isReady: readiness.isReady,
    lastError: readiness.lastError,
    async subscribe(channels) {
      await own.sSubscribe([...channels], hear)
    },
    async unsubscribe(channels) {
      await own.sUnsubscribe([...channels])
    },
    close() {
      readiness.onClosed()
      destroy(own)
    },
  }
}
