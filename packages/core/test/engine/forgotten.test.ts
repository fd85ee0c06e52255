import { describe, expect, it } from 'vitest'
import { createPresence, memoryStore, type PresenceStore } from '../../src/index.ts'
import { createVirtualClock } from '../../src/testing.ts'
import { faultyStore } from './faulty-store.ts'
import { createTestNode } from './test-node.ts'

const RENEW_MS = 10_000
/** So long it may be that the user was forgotten on purpose, and the feed says so. */
const WORD_MS = 1000

describe('a user who was forgotten elsewhere', () => {
  it('is not taken for one whom the store lost, although something is said of them at that moment', async () => {
    const clock = createVirtualClock()
    const shelf = memoryStore({ clock })
    const node = await createTestNode({ clock, store: shelf })
    const script = createPresence({ store: shelf, clock })
    const tab = await node.connect('ada')
    const forgotten = script.forget('ada')
    const entered = tab.enter('doc', 1)
    await clock.advance(RENEW_MS + WORD_MS)
    await Promise.all([forgotten, entered])
    expect((await shelf.load(['ada']))[0]).toBeNull()
    expect([tab.ends, node.presence.held]).toEqual([['kicked'], 0])
    await node[Symbol.asyncDispose]()
  })

  it('stays forgotten although they came again elsewhere before that was heard', async () => {
    const clock = createVirtualClock()
    const shelf = memoryStore({ clock })
    let late: (() => void)[] | null = null
    const store: PresenceStore = {
      ...shelf,
      subscribe: (listener) =>
        shelf.subscribe({
          ...listener,
          onChanges(changes) {
            if (late === null) listener.onChanges(changes)
            else late.push(() => listener.onChanges(changes))
          },
        }),
    }
    const node = await createTestNode({ clock, store })
    const other = await createTestNode({ clock, store: shelf })
    const tab = await node.connect('ada')
    await node.presence.setMessage('ada', { text: 'secret' })
    const behind: (() => void)[] = []
    late = behind
    await other.presence.forget('ada')
    const entered = tab.enter('doc', 1)
    await clock.advance(100)
    const again = await other.connect('ada')
    await clock.advance(100)
    late = null
    for (const hear of behind) hear()
    await clock.advance(60_000)
    await entered
    expect((await other.presence.get('ada')).message).toBeNull()
    expect([tab.ends, again.ends]).toEqual([['kicked'], []])
    for (const each of [node, other]) await each[Symbol.asyncDispose]()
  })

  it('and came again and was kicked there is let go of here, although the store fails while that is found out', async () => {
    const clock = createVirtualClock()
    const shelf = memoryStore({ clock })
    const failing = { renewal: async () => {} }
    const store = faultyStore({
      ...shelf,
      async renewNode(...args) {
        await failing.renewal()
        return shelf.renewNode(...args)
      },
    })
    const node = await createTestNode({ clock, store })
    const script = createPresence({ store: shelf, clock })
    const tab = await node.connect('ada')
    store.deaf = true
    await script.forget('ada')
    await clock.advance(1000)
    await script.touch({ userId: 'ada' })
    await clock.advance(1000)
    await script.kick('ada')
    let renewals = 0
    failing.renewal = async () => {
      // The first is of the gap; the second comes between the look that finds her missing and her announcement.
      if (++renewals !== 2) return
      store.down = true
      await node.presence.claim('bob', { source: 'call', status: 'busy' }).catch(() => {})
      store.down = false
    }
    store.gap()
    await clock.advance(60_000)
    expect([tab.ends.length, node.presence.held]).toEqual([1, 0])
    await node[Symbol.asyncDispose]()
  })
})
