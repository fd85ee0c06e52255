import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Sequence, ServerMessage, WireUser } from '../../src/protocol.ts'
import { createSessionRig } from './session-rig.ts'

const TOPIC = 'space:room'
const DROPPED = ['diff', 'snapshot', 'replay', 'counts', 'signal']

/** What a client makes of what it is told of one space; throws where something is missing. */
function createFold() {
  const users = new Map<string, WireUser>()
  let at: Sequence | null = null
  return {
    take(message: ServerMessage) {
      if (message.type === 'snapshot') {
        const [topic] = message.topics
        users.clear()
        for (const user of topic?.users ?? []) users.set(user.userId, user)
        at = topic?.sequence ?? null
      } else if (message.type === 'diff' && at !== null) {
        const { generation, n } = message.sequence
        if (generation !== at.generation || n !== at.n + 1) throw new Error(`${generation} ${n} follows ${at.n}`)
        at = message.sequence
        for (const user of message.set) users.set(user.userId, user)
        for (const userId of message.gone) users.delete(userId)
      }
    },
    forget() {
      at = null
    },
    users: () => [...users.values()].sort((a, b) => (a.userId < b.userId ? -1 : 1)),
  }
}

it('a client that broadcasts are dropped for folds up what a fresh snapshot shows, whenever its topics begin anew', async () => {
  const step = fc.constantFrom('behind', 'drained', 'change', 'change', 'watch', 'unwatch', 'refresh', 'tick', 'settle')
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
      await using rig = await createSessionRig({ rateLimits: { watch: { burst: 1e6, perSecond: 1e6 } } })
      const bob = await rig.welcomed('bob')
      const fold = createFold()
      let isBehind = false
      let hasDropped = false
      const ada = rig.client({
        send(message) {
          if (!isBehind) fold.take(structuredClone(message))
          else if (DROPPED.includes(message.type)) hasDropped = true
        },
      })
      await ada.hello('ada')
      let ids = 0
      const watch = () => ada.session.receive({ type: 'watch', id: ++ids, topics: [{ topic: TOPIC }] })
      const drain = () => {
        isBehind = false
        if (hasDropped) ada.session.refresh()
        hasDropped = false
      }
      const acts: { readonly [act in (typeof steps)[number]]: () => unknown } = {
        behind: () => {
          isBehind = true
        },
        drained: drain,
        change: () => bob.session.receive({ type: 'state', id: ++ids, space: 'room', state: ids }),
        watch,
        unwatch: () => {
          ada.session.receive({ type: 'unwatch', topics: [TOPIC] })
          fold.forget()
        },
        refresh: () => ada.session.refresh(),
        tick: () => rig.clock.advance(5),
        settle: () => rig.clock.settle(),
      }
      for (const each of steps) await acts[each]()
      await rig.clock.advance(50)
      drain()
      watch()
      await rig.clock.advance(50)
      const late = await rig.welcomed('late')
      await late.say({ type: 'watch', id: 1, topics: [{ topic: TOPIC }] })
      await rig.clock.advance(50)
      const fresh = createFold()
      for (const message of late.sent) fresh.take(message)
      expect(fold.users()).toEqual(fresh.users())
      expect(fold.users().map(({ userId }) => userId)).toEqual(['ada', 'bob', 'late'])
      // Nobody watches any more: the next to come finds a topic that was read anew.
      for (const client of [ada, late]) await client.say({ type: 'unwatch', topics: [TOPIC] })
      const before = late.last('snapshot').topics[0]?.sequence.generation
      await late.say({ type: 'watch', id: 2, topics: [{ topic: TOPIC }] })
      expect(late.last('snapshot').topics[0]?.sequence.generation).not.toBe(before)
    }),
    { numRuns: 200 },
  )
}, 60_000)
