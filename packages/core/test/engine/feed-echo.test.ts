import { expect, it } from 'vitest'
import { createFeed } from '../../src/engine/feed.ts'
import { type FeedListener, memoryStore } from '../../src/index.ts'
import { createVirtualClock } from '../../src/testing.ts'

it('an echo that was lost is a gap, although the next one is heard before its renewal is answered', async () => {
  const clock = createVirtualClock()
  const ears: FeedListener[] = []
  const store = {
    ...memoryStore({ clock }),
    async subscribe(listener: FeedListener) {
      ears.push(listener)
      return { async add() {}, async remove() {}, async publish() {}, async close() {} }
    },
  }
  const gaps: unknown[] = []
  const feed = createFeed(store, clock, 10_000, {
    onChanges() {},
    onSpaceSignal() {},
    onNodeMessage() {},
    onGap: (topics) => gaps.push(topics),
  })
  await feed.open()
  const echo = (until: number) => ears[0]?.onSignal({ topic: 'node:n', signal: { type: 'renewed', until } })
  echo(1000)
  await feed.onRenewed(1000, clock.monotonic())
  // The echo of 2000 is lost, and whatever else was said meanwhile.
  await clock.advance(10_000)
  await feed.onRenewed(2000, clock.monotonic())
  await clock.advance(10_000)
  echo(3000)
  await feed.onRenewed(3000, clock.monotonic())
  expect(gaps).toEqual([null])
})
