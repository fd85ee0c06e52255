import { type ChannelListener, CONNECT_TIMEOUT_MS, type RedisDriver, type RedisListener, type Role } from './driver.ts'
import {
  destroy,
  duplicateCluster,
  type MessageListener,
  type NodeRedisCluster,
  type OwnCluster,
} from './node-redis-own.ts'
import { createReadiness } from './readiness.ts'

/** A node that is away for so long is taken for gone, and the others are asked who serves its slots now; in ms. */
const REDISCOVER_MS = 2_000

interface NodeAddress {
  readonly host: string
  readonly port: number
}

interface Events {
  /** A node is back, or another one serves its slots: what was said there meanwhile was missed. */
  onReturn(): void
}

/** Version 5 never asks again who serves a slot while a node is merely away: it is opened anew then. */
function openCluster(client: NodeRedisCluster, role: Role, { onReturn }: Events) {
  const readiness = createReadiness()
  let current: OwnCluster | null = null
  let timer: ReturnType<typeof setTimeout> | null = null

  const openSoon = () => {
    timer ??= setTimeout(() => {
      timer = null
      void open()
    }, REDISCOVER_MS)
  }
  const stay = () => {
    if (timer !== null) clearTimeout(timer)
    timer = null
  }
  const make = (): OwnCluster => {
    const made = duplicateCluster(client, role)
    made.on('error', readiness.onError as never)
    made.on('node-error', readiness.onError as never)
    const away = new Set<string>()
    // A node has a connection for commands and one for subscriptions, and each of them returns by itself.
    const wereAway = new Set<string>()
    made.on('node-reconnecting', ({ host, port }: NodeAddress) => {
      if (made !== current) return
      away.add(`${host}:${port}`)
      wereAway.add(`${host}:${port}`)
      openSoon()
    })
    made.on('node-ready', ({ host, port }: NodeAddress) => {
      if (made !== current || !wereAway.has(`${host}:${port}`)) return
      away.delete(`${host}:${port}`)
      if (away.size === 0) stay()
      onReturn()
    })
    return made
  }
  const open = async (): Promise<void> => {
    const made = make()
    let timeout: ReturnType<typeof setTimeout> | undefined
    // To a node that does not answer it would wait for ever.
    const late = new Promise<never>((_, reject) => {
      timeout = setTimeout(() => reject(readiness.lastError() ?? new Error('no answer')), CONNECT_TIMEOUT_MS)
    })
    try {
      await Promise.race([made.connect(), late])
    } catch (error) {
      readiness.onError(error)
      destroy(made)
      if (!readiness.isClosed()) openSoon()
      return
    } finally {
      clearTimeout(timeout)
    }
    if (readiness.isClosed()) return destroy(made)
    const before = current
    current = made
    readiness.onReady()
    if (before === null) return
    stay()
    // What is under way at nodes that are well is answered, and nothing is heard twice.
    if (role === 'feed') destroy(before)
    else setTimeout(() => destroy(before), CONNECT_TIMEOUT_MS).unref()
    onReturn()
  }
  void open()
  return {
    readiness,
    cluster: () => current as OwnCluster,
    openSoon,
    close() {
      readiness.onClosed()
      stay()
      if (current !== null) destroy(current)
    },
  }
}

export function nodeRedisClusterDriver(client: NodeRedisCluster): RedisDriver {
  return {
    isCluster: true,
    connect(role) {
      const { readiness, cluster, close } = openCluster(client, role, { onReturn() {} })
      return {
        ready: readiness.ready,
        isReady: readiness.isReady,
        lastError: readiness.lastError,
        send: (key, command) => cluster().sendCommand(key, false, [...command]),
        async describe() {
          const masters = await Promise.all(cluster().masters.map((master) => cluster().nodeClient(master)))
          return Promise.all(masters.map(async (master) => String(await master.sendCommand(['INFO']))))
        },
        close,
      }
    },
    listen: (listener) => listen(client, listener),
  }
}

function listen(client: NodeRedisCluster, { onMessage, onReturn }: ChannelListener): RedisListener {
  const { readiness, cluster, openSoon, close } = openCluster(client, 'feed', { onReturn })
  const hear: MessageListener = (text, channel) => onMessage(channel, text)
  const watched = new WeakSet<object>()
  /** The Cluster does not say when the slot of a channel moved; version 5 does not follow it either. */
  const watchMoves = () => {
    for (const { pubSub } of cluster().nodeByAddress.values()) {
      if (pubSub === undefined || watched.has(pubSub.client)) continue
      watched.add(pubSub.client)
      pubSub.client.on('sharded-channel-moved', openSoon)
    }
  }
  return {
    ready: readiness.ready,
    isReady: readiness.isReady,
    lastError: readiness.lastError,
    async subscribe(channels) {
      await cluster().sSubscribe([...channels], hear)
      watchMoves()
    },
    async unsubscribe(channels) {
      await cluster().sUnsubscribe([...channels])
    },
    close,
  }
}
