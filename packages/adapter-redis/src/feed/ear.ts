import {
  type FeedListener,
  type FeedSignal,
  type FeedSubscription,
  type FeedTopic,
  PresenceError,
  type PublishedTopic,
} from '@rollcall/core'
import type { Deadline } from '../deadline.ts'
import type { ChannelListener, RedisListener } from '../driver/driver.ts'
import { createAudience, type Subscriber } from './audience.ts'
import type { Channel, Channels } from './channels.ts'
import { parseMessage } from './message.ts'

export interface EarOptions {
  readonly channels: Channels
  /** Opens the connection that listens; called once, when anybody subscribes. */
  listen(listener: ChannelListener): RedisListener
  /** Rejects in time. */
  inTime<T>(listener: RedisListener, work: (deadline: Deadline) => Promise<T>, onMute: () => void): Promise<T>
  publish(signal: FeedSignal): Promise<void>
}

/** What one store or feed hears: every subscriber shares its connection. */
export interface Ear {
  subscribe(listener: FeedListener): Promise<FeedSubscription>
  /** Whether anybody here listens to the topic. */
  hears(topic: PublishedTopic): boolean
  /**
   * A probe with this number is sent to these partitions. Those whose last one was not heard in time are subscribed anew,
   * and whoever listens is told of a gap; while one is still on its way the next one says nothing.
   */
  expectProbes(topic: PublishedTopic, number: number, partitions: readonly number[]): void
  close(): void
}

interface OpenChannel extends Channel {
  users: number
  /** Resolves once the server has confirmed it; `null`: nobody asked it yet, or it failed. */
  confirmed: Promise<void> | null
}

/** What was sent last to find out which partitions are heard. */
interface Probes {
  readonly topic: PublishedTopic
  readonly number: number
  readonly sentAt: number
  /** Partitions from which it was not heard yet. */
  readonly missing: Set<number>
}

/** How long a probe may take. */
const PROBE_MS = 1000
/** What could not be subscribed anew is tried again after so long. */
const RETRY_MS = 500

export function createEar(options: EarOptions): Ear {
  const { channels } = options
  const audience = createAudience()
  const opened = new Map<string, OpenChannel>()
  let probes: Probes | null = null
  /** What channels are asked of. */
  let connection: RedisListener | null = null
  /** What went mute, in a part of a Cluster at least: it is listened to until the connection that replaces it hears everything. */
  let former: RedisListener | null = null
  let isGapOwed = false
  let retry: ReturnType<typeof setTimeout> | null = null
  let isClosed = false

  const listenTo = (wanted: readonly Channel[]): Promise<void> => {
    const listener = connection as RedisListener
    const byPartition = new Map<number, string[]>()
    for (const { name, partition } of wanted) {
      const names = byPartition.get(partition)
      if (names === undefined) byPartition.set(partition, [name])
      else names.push(name)
    }
    const work = async (deadline: Deadline) => {
      await listener.ready(deadline)
      const subscribe = async (names: readonly string[]) => {
        deadline.unanswered++
        await listener.subscribe(names)
        deadline.unanswered--
      }
      await Promise.all([...byPartition.values()].map(subscribe))
    }
    return options.inTime(listener, work, () => {
      if (connection === listener) openAnew()
    })
  }
  const take = (channel: string, text: string) => {
    const message = parseMessage(text)
    if (message === null) return
    if (message.kind === 'signal') return audience.onSignal(message.signal)
    const partition = channels.partitionOf(channel)
    if (message.kind === 'changes') return audience.onChanges(partition, message.callId, message.changes)
    if (message.topic === probes?.topic && message.number === probes.number) probes.missing.delete(partition)
  }
  const open = (): RedisListener => {
    const made = options.listen({
      onMessage(channel, text) {
        if (made !== (former ?? connection)) return
        try {
          take(channel, text)
        } catch {
          // Of a newer version, or not ours at all: whoever reads it is told why.
          audience.onGap()
        }
      },
      onReturn() {
        if (made === former) leaveFormer()
        if (made === connection) listenAnew(null)
      },
    })
    return made
  }
  const leaveFormer = () => {
    former?.close()
    former = null
  }
  /** The connection stands and is mute: another one hears instead. */
  const openAnew = () => {
    if (former === null) former = connection
    else connection?.close()
    connection = open()
    listenAnew(null)
  }
  /** Asks for channels, whatever was confirmed before. */
  const confirm = (wanted: readonly OpenChannel[]): Promise<void> => {
    const confirmed = listenTo(wanted)
    for (const channel of wanted) channel.confirmed = confirmed
    confirmed.catch(() => {
      for (const channel of wanted) if (channel.confirmed === confirmed) channel.confirmed = null
    })
    return confirmed
  }
  const listenAnew = (partitions: ReadonlySet<number> | null) => {
    const again = [...opened.values()].filter(({ partition }) => partitions === null || partitions.has(partition))
    isGapOwed = true
    confirm(again).then(heardAgain, () => {
      // Of a Cluster most may be heard again.
      audience.onGap()
      listenLater()
    })
  }
  /** Told once everything is heard again: what is read then is not missed a second time. */
  const heardAgain = () => {
    if (!isGapOwed || [...opened.values()].some(({ confirmed }) => confirmed === null)) return
    isGapOwed = false
    leaveFormer()
    audience.onGap()
  }
  const listenLater = () => {
    if (isClosed) return
    retry ??= setTimeout(() => {
      retry = null
      confirm([...opened.values()].filter(({ confirmed }) => confirmed === null)).then(heardAgain, listenLater)
    }, RETRY_MS)
  }
  const hold = (topics: readonly FeedTopic[]): void => {
    for (const topic of topics) {
      for (const channel of channels.of(topic)) {
        const known = opened.get(channel.name)
        if (known === undefined) opened.set(channel.name, { ...channel, users: 1, confirmed: null })
        else known.users++
      }
    }
  }
  const confirmedAll = async (topics: readonly FeedTopic[]): Promise<void> => {
    const concerned = topics.flatMap((topic) => channels.of(topic).flatMap(({ name }) => opened.get(name) ?? []))
    const unasked = new Set(concerned.filter(({ confirmed }) => confirmed === null))
    if (unasked.size > 0) confirm([...unasked])
    await Promise.all(new Set(concerned.map(({ confirmed }) => confirmed)))
  }
  const letGo = async (topics: readonly FeedTopic[]): Promise<void> => {
    const unused = new Map<number, string[]>()
    for (const topic of topics) {
      for (const { name, partition } of channels.of(topic)) {
        const channel = opened.get(name)
        if (channel === undefined || --channel.users > 0) continue
        opened.delete(name)
        unused.set(partition, [...(unused.get(partition) ?? []), name])
      }
    }
    if (unused.size === 0 || isClosed) return
    const listener = connection as RedisListener
    // Whatever is heard for nothing is left out here: nobody has to wait for the server, or for its failure.
    await Promise.all([...unused.values()].map((names) => listener.unsubscribe(names).catch(() => {})))
  }

  const subscription = (subscriber: Subscriber): FeedSubscription => {
    return {
      async add(topics) {
        if (subscriber.closed) return
        hold(audience.add(subscriber, topics))
        await confirmedAll(topics)
      },
      async remove(topics) {
        await letGo(audience.remove(subscriber, topics))
      },
      publish: options.publish,
      async close() {
        await letGo(audience.leave(subscriber))
      },
    }
  }

  return {
    async subscribe(listener) {
      if (isClosed) throw new PresenceError('not-running', 'the Redis store was closed')
      connection ??= open()
      return subscription(audience.join(listener))
    },
    hears: audience.hears,
    expectProbes(topic, number, partitions) {
      const sentAt = performance.now()
      const last = probes?.topic === topic ? probes : null
      if (last !== null && last.missing.size > 0 && sentAt - last.sentAt < PROBE_MS) return
      probes = { topic, number, sentAt, missing: new Set(partitions) }
      if (last !== null && last.missing.size > 0) listenAnew(last.missing)
    },
    close() {
      isClosed = true
      if (retry !== null) clearTimeout(retry)
      audience.close()
      connection?.close()
      leaveFormer()
    },
  }
}
