import type { FeedChange, FeedSignal, FeedSubscription, FeedTopic, PresenceStore } from '@rollcall/core'
import { vi } from 'vitest'

/** A subscriber that remembers what it heard. */
export interface Ear {
  readonly changes: FeedChange[]
  /** How many changes came with each call. */
  readonly calls: number[]
  readonly signals: FeedSignal[]
  readonly gaps: (readonly FeedTopic[] | null)[]
  readonly subscription: FeedSubscription
}

export async function listen(store: PresenceStore, ...topics: readonly FeedTopic[]): Promise<Ear> {
  const heard = {
    changes: [] as FeedChange[],
    calls: [] as number[],
    signals: [] as FeedSignal[],
    gaps: [] as Ear['gaps'],
  }
  const subscription = await store.subscribe({
    onChanges(changes) {
      heard.changes.push(...changes)
      heard.calls.push(changes.length)
    },
    onSignal: (signal) => heard.signals.push(signal),
    onGap: (missed) => heard.gaps.push(missed),
  })
  await subscription.add(topics)
  return { ...heard, subscription }
}

/** Resolves once `condition` holds; generous, for what answers is a real server. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  await vi.waitUntil(condition, { timeout: 20_000, interval: 10 })
}
