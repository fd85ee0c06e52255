import type { FeedChange, FeedSignal, FeedSubscription, FeedTopic, PresenceStore, PublishedTopic } from '@rollcall/core'
import { ContractViolation } from './checks.ts'
import { mustSave, type Sample, writeOf } from './samples.ts'

/** A subscriber that remembers what it heard. */
export interface Ear {
  readonly subscription: FeedSubscription
  readonly changes: readonly FeedChange[]
  readonly signals: readonly FeedSignal[]
  /** Resolves once `condition` holds; fails the case when it does not within the patience of the suite. */
  until(what: string, condition: () => boolean): Promise<void>
  /** Resolves once this many changes were heard. */
  untilChanges(count: number): Promise<void>
  untilSignals(count: number): Promise<void>
  /**
   * Resolves once a change and a signal that were made now were heard: what was to come before has come, as far as the
   * store keeps an order. Neither of the two is remembered.
   */
  untilQuiet(): Promise<void>
}

/** Makes an {@link Ear}. `onChanges` runs inside the listener. */
export type Listen = (
  store: PresenceStore,
  topics: readonly FeedTopic[],
  onChanges?: (changes: readonly FeedChange[]) => void,
) => Promise<Ear>

const LAST: Sample = { userId: 'the-last-word' }
const LAST_TOPIC: PublishedTopic = 'space:the-last-word'

/** @param patienceMs How long what must come may take, besides the period of a feed that polls. */
export function createListen(patienceMs: number): Listen {
  return async (store, topics, onChanges) => {
    const changes: FeedChange[] = []
    const signals: FeedSignal[] = []
    let lastChange = 0
    let lastSignals = 0
    let wake: () => void = () => {}
    const subscription = await store.subscribe({
      onChanges(heard) {
        lastChange = Math.max(
          lastChange,
          ...heard.map((change) => (change.userId === LAST.userId ? change.version : 0)),
        )
        changes.push(...heard.filter(({ userId }) => userId !== LAST.userId))
        onChanges?.(heard)
        wake()
      },
      onSignal(signal) {
        if (signal.topic === LAST_TOPIC) lastSignals++
        else signals.push(signal)
        wake()
      },
      // A gap may open at any time; whoever listens here needs what was published, not a reason to read it again.
      onGap() {},
    })
    await subscription.add(topics)
    const { feed } = store.capabilities
    const waitMs = patienceMs + (feed.kind === 'poll' ? feed.everyMs : 0)
    const until = async (what: string, condition: () => boolean) => {
      let isLate = false
      const deadline = setTimeout(() => {
        isLate = true
        wake()
      }, waitMs)
      while (!condition() && !isLate) await new Promise<void>((resolve) => (wake = resolve))
      clearTimeout(deadline)
      if (!condition()) throw new ContractViolation(`waited ${waitMs} ms in vain for ${what}`)
    }
    return {
      subscription,
      changes,
      signals,
      until,
      untilChanges: (count) => until(`${count} changes`, () => changes.length >= count),
      untilSignals: (count) => until(`${count} signals`, () => signals.length >= count),
      async untilQuiet() {
        await subscription.add([LAST_TOPIC])
        const [standing] = await store.load([LAST.userId])
        const version = (standing?.version ?? 0) + 1
        const write = writeOf({ ...LAST, version }, { expected: standing?.rev ?? null, topics: [LAST_TOPIC] })
        await mustSave(store, write)
        const wanted = lastSignals + 1
        await subscription.publish({ topic: LAST_TOPIC, signal: null })
        await until('a last change and a last signal', () => lastChange >= version && lastSignals >= wanted)
        await subscription.remove([LAST_TOPIC])
      },
    }
  }
}
