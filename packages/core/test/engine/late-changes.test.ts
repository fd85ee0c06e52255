import { describe, expect, it } from 'vitest'
import { memoryStore, type PresenceStore } from '../../src/index.ts'
import { createVirtualClock } from '../../src/testing.ts'
import { createTestNode } from './test-node.ts'

/** Ada's node, and another one that hears of her when it is told to. */
async function setUp() {
  const clock = createVirtualClock()
  const shelf = memoryStore({ clock })
  const arrivals: (() => void)[] = []
  let isDelayed = false
  const delayed: PresenceStore = {
    ...shelf,
    subscribe: (listener) =>
      shelf.subscribe({
        onSignal: (signal) => listener.onSignal(signal),
        onGap: (topics) => listener.onGap(topics),
        onChanges(changes) {
          if (isDelayed) arrivals.push(() => listener.onChanges(changes))
          else listener.onChanges(changes)
        },
      }),
  }
  const holder = await createTestNode({ clock, store: shelf })
  const other = await createTestNode({ clock, store: delayed })
  return {
    clock,
    holder,
    other,
    delay() {
      isDelayed = true
    },
    /** What was said since, in this order. */
    async arrive(...order: number[]) {
      for (const i of order) {
        arrivals[i]?.()
        await clock.advance(20)
      }
    },
    async end() {
      await other[Symbol.asyncDispose]()
      await holder[Symbol.asyncDispose]()
    },
  }
}

describe('changes that arrive out of order', () => {
  it('leave every roster of the node with the newest state, whichever topics each of them concerned', async () => {
    const { clock, holder, other, delay, arrive, end } = await setUp()
    const tab = await holder.connect('ada', { spaces: ['a', 'b', 'c'] })
    await tab.exit('b')
    await tab.exit('c')
    const watchers = [await other.watch('space:a'), await other.watch('space:b'), await other.watch('space:c')]
    const seen = () => watchers.map(({ users }) => [...users.keys()])
    expect(seen()).toEqual([['ada'], [], []])
    delay()
    await tab.enter('b', null)
    await tab.exit('a')
    await tab.enter('c', null)
    await tab.exit('b')
    await clock.settle()
    // The last one says nothing of `a`, which she had left before.
    await arrive(3)
    expect(seen()).toEqual([[], [], ['ada']])
    await arrive(0, 1, 2)
    expect(seen()).toEqual([[], [], ['ada']])
    await end()
  })

  it('show nobody an earlier state, not even on the way', async () => {
    const { clock, holder, other, delay, arrive, end } = await setUp()
    const tab = await holder.connect('ada', { spaces: ['a'] })
    const watcher = await other.watch('space:a')
    delay()
    await tab.enter('a', { page: 1 })
    await tab.enter('a', { page: 2 })
    await clock.settle()
    await arrive(1, 0)
    expect(watcher.user('ada')?.spaces).toEqual([{ space: 'a', state: { page: 2 } }])
    expect(watcher.messages).toHaveLength(1)
    await end()
  })
})
