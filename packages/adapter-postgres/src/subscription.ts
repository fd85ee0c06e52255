import type { FeedListener, FeedSignal, FeedSubscription, FeedTopic } from '@rollcall/core'
import { createInbox } from './inbox.ts'
import { type Listener, openListener } from './listener.ts'
import type { Names } from './names.ts'
import type { OwnChanges } from './own-changes.ts'
import type { Statements } from './statements.ts'
import { bucketOf, bucketsOf, concerns, hashOf, heardIn, type Notice, payloadOf, rowPayloadOf } from './topics.ts'

export interface SubscriptionOptions {
  readonly statements: Statements
  readonly names: Names
  readonly own: OwnChanges
  readonly config: Parameters<typeof openListener>[0]['config']
  readonly timeoutMs: number
  /** Told how many rows were written down. */
  prune(made: number): void
  onClosed(subscription: FeedSubscription): void
}

/**
 * A subscription with a session of its own, opened with it and closed with it: whoever doubts that it still hears opens
 * another one.
 */
export async function openSubscription(
  listener: FeedListener,
  options: SubscriptionOptions,
): Promise<FeedSubscription> {
  const { statements, names, own, config, timeoutMs } = options
  const topics = new Set<FeedTopic>()
  /** Hashes of the topics; two may have the same. */
  const hashes = new Map<string, number>()
  let closed = false

  const inbox = createInbox({
    statements,
    names,
    own,
    isConcerned: (published) => !closed && (topics.has('all') || published.topics.some((topic) => topics.has(topic))),
    onChanges: (changes) => tell(() => listener.onChanges(changes)),
    onSignal: (signal) => !closed && topics.has(signal.topic) && tell(() => listener.onSignal(signal)),
    onMissed: () => !closed && tell(() => listener.onGap(null)),
  })
  const session: Listener = await openListener({
    config,
    timeoutMs,
    onNotification(payload) {
      const heard = heardIn(payload)
      if (heard.kind === 'changes') inbox.take(heard.notices.filter(mayConcern))
      else if (heard.kind === 'signal') inbox.takeSignal(heard.signal)
      else if (heard.kind === 'row' && hashes.has(heard.hash)) inbox.takeRow(heard.id)
    },
    onBack() {
      inbox.reset()
      if (topics.size > 0) tell(() => listener.onGap(null))
    },
  })
  const mayConcern = (notice: Notice) => topics.has('all') || concerns(notice, hashes)
  const channels = () => new Set([...topics].flatMap(bucketsOf).map((bucket) => `${names.channel}${bucket}`))
  const countHash = (topic: FeedTopic, by: 1 | -1) => {
    const hash = hashOf(topic)
    const count = (hashes.get(hash) ?? 0) + by
    if (count === 0) hashes.delete(hash)
    else hashes.set(hash, count)
  }

  const subscription: FeedSubscription = {
    async add(added) {
      if (closed) return
      for (const topic of added) {
        if (topics.has(topic)) continue
        topics.add(topic)
        countHash(topic, 1)
      }
      await session.listen(channels())
    },
    async remove(removed) {
      for (const topic of removed) if (topics.delete(topic)) countHash(topic, -1)
      if (!closed) await session.listen(channels())
    },
    publish: (signal) => publish(signal, options),
    async close() {
      if (closed) return
      closed = true
      await session.close()
      options.onClosed(subscription)
    },
  }
  return subscription
}

/** What a signal says goes with the notification, unless it is too large for one: then it is read back like a change. */
async function publish(signal: FeedSignal, { statements, names, prune }: SubscriptionOptions): Promise<void> {
  const channel = `${names.channel}${bucketOf(signal.topic)}`
  const payload = payloadOf(signal)
  if (payload !== null) {
    await statements.rows('SELECT pg_notify($1, $2)', [channel, payload])
    return
  }
  const text = names.sql(
    `WITH written AS (
      INSERT INTO :"schema".presence_change (note, topics) VALUES ($3::jsonb, ARRAY[$4::text]) RETURNING id
    ) SELECT pg_notify($1, $2 || id) FROM written`,
  )
  const values = [channel, rowPayloadOf(signal.topic), JSON.stringify(signal.signal), signal.topic]
  await statements.rows(text, values)
  prune(1)
}

/** A listener that throws must not end the session. */
function tell(listener: () => void): void {
  try {
    listener()
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}
