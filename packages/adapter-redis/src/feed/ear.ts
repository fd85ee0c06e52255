import {
  type FeedChange,
  type FeedListener,
  type FeedSignal,
  type FeedSubscription,
  type FeedTopic,
  PresenceError,
} from '@rollcall/core'
import type { Deadline } from '../deadline.ts'
import type { ChannelListener, RedisListener } from '../driver/driver.ts'
import type { Channel, Channels } from './channels.ts'
import { type HeardChange, parseMessage } from './message.ts'

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
  hears(topic: FeedTopic): boolean
  /**
   * Partitions whose probe was not heard since the last call, of those that one was sent to with this number. They are
   * subscribed anew, and whoever listens is told of a gap.
   */
  expectProbes(topic: FeedTopic, number: number, partitions: readonly number[]): void
  close(): void
}

interface Subscriber {
  readonly listener: FeedListener
  readonly topics: Set<FeedTopic>
  closed: boolean
  batch: Heard[]
}

/** A change, and its place among those of its call. */
interface Heard {
  readonly callId: string
  readonly number: number
  readonly change: FeedChange
}

interface OpenChannel extends Channel {
  users: number
  /** Resolves once the server has confirmed it; `null`: nobody asked it yet, or it failed. */
  confirmed: Promise<void> | null
}

/** What could not be subscribed anew is tried again after so long. */
const RETRY_MS = 500

const NOBODY: ReadonlySet<Subscriber> = new Set()

export function createEar(options: EarOptions): Ear {
  const { channels } = options
  const subscribers = new Map<FeedTopic, Set<Subscriber>>()
  const everybody = new Set<Subscriber>()
  const opened = new Map<string, OpenChannel>()
  /** Of each partition the call heard last, and the changes of it that were heard: they come on several channels. */
  const heard = new Map<number, { callId: string; readonly numbers: Set<number> }>()
  let probes: { readonly topic: FeedTopic; readonly number: number; readonly missing: Set<number> } | null = null
  /** What channels are asked of. */
  let connection: RedisListener | null = null
  /** What went mute, in a part of a Cluster at least: it is listened to until the connection that replaces it hears everything. */
  let former: RedisListener | null = null
  let isGapOwed = false
  let retry: ReturnType<typeof setTimeout> | null = null
  let isClosed = false

  const deliver = (subscriber: Subscriber, heard: Heard) => {
    const { batch } = subscriber
    // What a call changed comes on several channels, one after the other.
    let at = batch.length
    for (let before = batch[at - 1]; before !== undefined; before = batch[--at - 1]) {
      if (before.callId !== heard.callId || before.number < heard.number) break
    }
    batch.splice(at, 0, heard)
    if (batch.length > 1) return
    queueMicrotask(() => {
      subscriber.batch = []
      if (!subscriber.closed) subscriber.listener.onChanges(batch.map(({ change }) => change))
    })
  }
  const onChanges = (partition: number, callId: string, changes: readonly HeardChange[]) => {
    let latest = heard.get(partition)
    if (latest?.callId !== callId) {
      latest = { callId, numbers: new Set() }
      heard.set(partition, latest)
    }
    for (const { number, topics, read } of changes) {
      if (latest.numbers.has(number)) continue
      latest.numbers.add(number)
      const concerned = new Set<Subscriber>()
      for (const topic of topics) for (const each of subscribers.get(topic) ?? NOBODY) concerned.add(each)
      if (concerned.size === 0) continue
      const heard = { callId, number, change: read() }
      for (const subscriber of concerned) deliver(subscriber, heard)
    }
  }
  const onSignal = (signal: FeedSignal) => {
    for (const subscriber of subscribers.get(signal.topic) ?? NOBODY) {
      queueMicrotask(() => {
        if (!subscriber.closed) subscriber.listener.onSignal(signal)
      })
    }
  }
  const onGap = () => {
    for (const subscriber of everybody) {
      queueMicrotask(() => {
        if (!subscriber.closed) subscriber.listener.onGap(null)
      })
    }
  }

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
    if (message.kind === 'signal') return onSignal(message.signal)
    const partition = channels.partitionOf(channel)
    if (message.kind === 'changes') return onChanges(partition, message.callId, message.changes)
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
          onGap()
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
      onGap()
      listenLater()
    })
  }
  /** Told once everything is heard again: what is read then is not missed a second time. */
  const heardAgain = () => {
    if (!isGapOwed || [...opened.values()].some(({ confirmed }) => confirmed === null)) return
    isGapOwed = false
    leaveFormer()
    onGap()
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
    const drop = (topics: readonly FeedTopic[]): FeedTopic[] =>
      topics.filter((topic) => {
        if (!subscriber.topics.delete(topic)) return false
        const others = subscribers.get(topic)
        others?.delete(subscriber)
        if (others?.size === 0) subscribers.delete(topic)
        return true
      })
    return {
      async add(topics) {
        if (subscriber.closed) return
        const added = [...new Set(topics)].filter((topic) => !subscriber.topics.has(topic))
        for (const topic of added) {
          subscriber.topics.add(topic)
          const others = subscribers.get(topic)
          if (others === undefined) subscribers.set(topic, new Set([subscriber]))
          else others.add(subscriber)
        }
        hold(added)
        await confirmedAll(topics)
      },
      async remove(topics) {
        await letGo(drop(topics))
      },
      publish: options.publish,
      async close() {
        if (subscriber.closed) return
        subscriber.closed = true
        everybody.delete(subscriber)
        await letGo(drop([...subscriber.topics]))
      },
    }
  }

  return {
    async subscribe(listener) {
      if (isClosed) throw new PresenceError('not-running', 'the Redis store was closed')
      connection ??= open()
      const subscriber: Subscriber = { listener, topics: new Set(), closed: false, batch: [] }
      everybody.add(subscriber)
      return subscription(subscriber)
    },
    hears: (topic) => subscribers.has(topic),
    expectProbes(topic, number, partitions) {
      const missing = probes?.topic === topic ? probes.missing : new Set<number>()
      probes = { topic, number, missing: new Set(partitions) }
      if (missing.size > 0) listenAnew(missing)
    },
    close() {
      isClosed = true
      if (retry !== null) clearTimeout(retry)
      for (const subscriber of everybody) subscriber.closed = true
      connection?.close()
      leaveFormer()
    },
  }
}
