import type { FeedChange, PublishedTopic, Write } from '@rollcall/core'

/** A change, and whom it concerns. */
export interface Published {
  readonly change: FeedChange
  readonly topics: readonly PublishedTopic[]
}

/** What this handle saved itself lately, so that it need not read it back when it is notified. */
export interface OwnChanges {
  /** The name under which the changes of a call will be notified. */
  keep(writes: readonly Write[]): string
  find(call: string, position: number): Published | null
}

/** Changes that are kept, at most: those of a few calls under way. */
const MOST = 4096

export function createOwnChanges(handle: string): OwnChanges {
  const calls = new Map<string, readonly Write[]>()
  let kept = 0
  let counter = 0
  return {
    keep(writes) {
      const call = `${handle}:${(++counter).toString(36)}`
      calls.set(call, writes)
      kept += writes.length
      for (const [oldest, { length }] of calls) {
        if (kept <= MOST || oldest === call) break
        calls.delete(oldest)
        kept -= length
      }
      return call
    },
    find: (call, position) => calls.get(call)?.[position] ?? null,
  }
}
