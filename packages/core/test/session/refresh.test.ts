import { describe, expect, it } from 'vitest'
import type { PresenceStore } from '../../src/index.ts'
import type { Sequence, ServerMessage, Topic } from '../../src/protocol.ts'
import { createSessionRig, type TestClient } from './session-rig.ts'

const watch = (id: number, ...topics: Topic[]) => ({
  type: 'watch' as const,
  id,
  topics: topics.map((topic) => ({ topic })),
})

/** A store whose reads are counted, and wait while they are held. */
function countedStore() {
  const reads = { lists: 0, held: Promise.resolve() }
  const wrapStore = (store: PresenceStore): PresenceStore => ({
    ...store,
    async list(query, cursor, limit) {
      reads.lists++
      await reads.held
      return store.list(query, cursor, limit)
    },
  })
  return { reads, wrapStore }
}

/** Where a topic stands after a message; `undefined` if it says nothing of that. */
function sequenceIn(message: ServerMessage, topic: Topic): Sequence | undefined {
  if (message.type === 'diff' && message.topic === topic) return message.sequence
  return message.type === 'snapshot' ? message.topics.find((item) => item.topic === topic)?.sequence : undefined
}

const generationOf = (client: TestClient, topic: Topic) =>
  client.sent.flatMap((message) => sequenceIn(message, topic) ?? []).at(-1)?.generation

describe('a client that something was dropped for', () => {
  it('gets one snapshot of everything it watches, and what follows goes on from there', async () => {
    const { reads, wrapStore } = countedStore()
    await using rig = await createSessionRig({ wrapStore })
    const ada = await rig.welcomed('ada')
    await rig.welcomed('bob')
    await ada.say(watch(1, 'space:room', 'user:bob', 'count:other'))
    await rig.clock.advance(20)
    const { lists } = reads
    ada.clear()
    ada.session.refresh()
    expect(ada.rooms.size).toBe(0)
    await rig.clock.settle()
    expect(ada.sent).toHaveLength(1)
    const { topics } = ada.last('snapshot')
    expect(topics.map(({ topic }) => topic).sort()).toEqual(['count:other', 'space:room', 'user:bob'])
    expect(topics.find(({ topic }) => topic === 'space:room')?.users).toHaveLength(2)
    // What the node has is what it sends: the store is not asked again, and the topic stays what it was.
    expect(reads.lists).toBe(lists)
    await rig.welcomed('eve')
    await rig.clock.advance(20)
    const before = topics.find(({ topic }) => topic === 'space:room')?.sequence as Sequence
    expect(ada.last('diff')).toMatchObject({ topic: 'space:room', sequence: { ...before, n: before.n + 1 } })
  })

  it('hears nothing of a topic before its snapshot', async () => {
    const { reads, wrapStore } = countedStore()
    await using rig = await createSessionRig({ wrapStore })
    const ada = await rig.welcomed('ada')
    await ada.say(watch(1, 'space:room'))
    ada.clear()
    // A first watch that is slow to read holds up the snapshots that are sent with it, but not those of a refresh.
    let release = () => {}
    reads.held = new Promise((resolve) => {
      release = resolve
    })
    await ada.say(watch(2, 'space:other'))
    ada.session.refresh()
    await rig.welcomed('bob')
    await rig.clock.advance(20)
    const ofRoom = ada.sent.filter((message) => sequenceIn(message, 'space:room') !== undefined)
    expect(ofRoom.map(({ type }) => type)).toEqual(['snapshot', 'diff'])
    release()
    await rig.clock.advance(20)
    expect(ada.answer(2)?.type).toBe('ack')
    await rig.welcomed('eve')
    await rig.clock.advance(20)
    const ofOther = ada.sent.filter((message) => sequenceIn(message, 'space:other') !== undefined)
    expect(ofOther.map(({ type }) => type)).toEqual(['snapshot', 'diff'])
  })

  it('that watches nothing, was not welcomed, or is gone, is told nothing', async () => {
    await using rig = await createSessionRig()
    const nobody = rig.client()
    nobody.session.refresh()
    const ada = await rig.welcomed('ada')
    ada.clear()
    ada.session.refresh()
    await ada.say(watch(1, 'space:room'))
    ada.clear()
    ada.session.refresh()
    ada.session.lost()
    ada.session.refresh()
    await rig.clock.settle()
    expect([nobody.sent, ada.sent, ada.rooms.size]).toEqual([[], [], 0])
  })
})

describe('a refresh', () => {
  /** Somebody else's view of a topic is of a new generation once nobody at all watched it. */
  const ended = async (rig: Awaited<ReturnType<typeof createSessionRig>>, before: string | undefined) => {
    const eve = await rig.welcomed('eve')
    await eve.say(watch(1, 'space:room'))
    return before !== undefined && generationOf(eve, 'space:room') !== before
  }

  it.each<[string, (ada: TestClient) => void]>([
    ['is over', () => {}],
    ['is under way', (ada) => ada.session.refresh()],
    ['is asked for twice', (ada) => [ada.session.refresh(), ada.session.refresh()]],
    [
      'meets the same topic asked for anew',
      (ada) => [ada.session.receive(watch(9, 'space:room')), ada.session.refresh()],
    ],
    ['is followed by the same topic', (ada) => [ada.session.refresh(), ada.session.receive(watch(9, 'space:room'))]],
  ])('leaves no topic behind when it %s and the client unwatches', async (_, meanwhile) => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.say(watch(1, 'space:room'))
    ada.session.refresh()
    await rig.clock.settle()
    const generation = generationOf(ada, 'space:room')
    meanwhile(ada)
    ada.session.receive({ type: 'unwatch', topics: ['space:room'] })
    await rig.clock.advance(50)
    expect(ada.rooms.size).toBe(0)
    expect(await ended(rig, generation)).toBe(true)
  })

  it('leaves no topic behind when the client goes meanwhile', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.say(watch(1, 'space:room'))
    const generation = generationOf(ada, 'space:room')
    ada.session.refresh()
    ada.session.lost()
    await rig.clock.advance(50)
    expect(await ended(rig, generation)).toBe(true)
  })

  it('keeps the topic for as long as it is watched', async () => {
    await using rig = await createSessionRig()
    const ada = await rig.welcomed('ada')
    await ada.say(watch(1, 'space:room'))
    const generation = generationOf(ada, 'space:room')
    for (let i = 0; i < 3; i++) {
      ada.session.refresh()
      await rig.clock.settle()
    }
    expect(await ended(rig, generation)).toBe(false)
    ada.clear()
    await rig.welcomed('bob')
    await rig.clock.advance(20)
    expect(ada.all('diff').map(({ set }) => set[0]?.userId)).toContain('bob')
  })
})
