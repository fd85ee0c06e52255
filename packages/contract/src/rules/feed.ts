import { equal, equalSets } from '../checks.ts'
import { forgetOf, mustCreate, mustSave, type Sample, writeOf } from '../samples.ts'
import type { Suite } from '../suite.ts'

const ADA: Sample = { userId: 'ada', spaces: ['a'] }
const NOTE = { cause: 'connect', from: null, list: [], more: { n: 1.5 } }

/** Who hears of which save. */
export function feedRules({ rule }: Suite): void {
  rule('a subscriber hears the whole new state, and the note', async ({ store, listen }) => {
    const ear = await listen(store, ['user:ada'])
    const write = writeOf(ADA, { topics: ['user:ada'], note: NOTE })
    await mustSave(store, write)
    await ear.untilChanges(1)
    equal(ear.changes, [write.change], 'changes')
  })

  rule('a subscriber hears of a forgetting as null', async ({ store, listen }) => {
    await mustCreate(store, ADA)
    const ear = await listen(store, ['user:ada'])
    const write = forgetOf(ADA, { topics: ['user:ada'], note: NOTE })
    await mustSave(store, write)
    await ear.untilChanges(1)
    equal(ear.changes, [write.change], 'changes')
  })

  for (const topic of ['user:x', 'space:x', 'node:x'] as const) {
    rule(`a change is heard on ${topic.slice(0, -2)} topics`, async ({ store, listen }) => {
      const ear = await listen(store, [topic])
      await mustSave(store, writeOf(ADA, { topics: [topic] }))
      await ear.untilChanges(1)
    })
  }

  rule('a topic is heard by whom it names and not by its namesakes', async ({ store, listen }) => {
    const ear = await listen(store, ['user:x', 'space:x'])
    await mustSave(store, writeOf({ userId: 'ada' }, { topics: ['node:x'] }))
    await mustSave(store, writeOf({ userId: 'bob' }, { topics: ['user:x2', 'user:', 'space:xx'] as const }))
    await ear.untilQuiet()
    equal(ear.changes, [], 'changes')
  })

  rule('a change on a topic without subscribers is heard by nobody', async ({ store, listen }) => {
    const ear = await listen(store, ['space:b'])
    await mustSave(store, writeOf(ADA, { topics: ['user:ada', 'space:a'] }))
    await ear.untilQuiet()
    equal(ear.changes, [], 'changes')
  })

  rule('a change on no topic is heard by nobody', async ({ store, listen }) => {
    const ear = await listen(store, ['user:ada', 'space:a'])
    await mustSave(store, writeOf(ADA, { topics: [] }))
    await ear.untilQuiet()
    equal(ear.changes, [], 'changes')
  })

  rule('a change is published to the topics it names, not to those of its record', async ({ store, listen }) => {
    await mustCreate(store, ADA)
    const ears = [await listen(store, ['space:a']), await listen(store, ['space:b'])] as const
    const moved: Sample = { userId: 'ada', version: 2, spaces: ['b'] }
    await mustSave(store, writeOf(moved, { expected: 'writer:1', topics: ['space:a', 'space:b'] }))
    await ears[0].untilChanges(1)
    await ears[1].untilChanges(1)
    equal(ears[0].changes[0]?.version, 2, 'what the watcher of the space that was left hears')
    equal(ears[1].changes[0]?.version, 2, 'what the watcher of the space that was entered hears')
  })

  rule('a change is heard once, however many of its topics match', async ({ store, listen }) => {
    const topics = ['user:ada', 'space:a', 'space:b', 'node:n'] as const
    const ear = await listen(store, topics)
    await mustSave(store, writeOf(ADA, { topics }))
    await ear.untilQuiet()
    equal(ear.changes.length, 1, 'times heard')
  })

  rule('every subscriber hears every change', async ({ store, listen }) => {
    const ears = [await listen(store, ['space:a']), await listen(store, ['space:a']), await listen(store, ['user:ada'])]
    await mustSave(store, writeOf(ADA, { topics: ['user:ada', 'space:a'] }))
    for (const ear of ears) await ear.untilChanges(1)
  })

  rule('changes of one user are heard in the order of the saves', async ({ store, listen }) => {
    const ear = await listen(store, ['user:ada'])
    await mustSave(store, writeOf(ADA, { topics: ['user:ada'] }))
    for (let version = 2; version <= 10; version++) {
      const expected = `writer:${version - 1}`
      await mustSave(store, writeOf({ ...ADA, version }, { expected, topics: ['user:ada'] }))
    }
    await ear.untilChanges(10)
    equal(
      ear.changes.map(({ version }) => version),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      'versions',
    )
  })

  rule('changes of one user in one call are heard in their order', async ({ store, listen }) => {
    const ear = await listen(store, ['user:ada'])
    const topics = ['user:ada'] as const
    const second = writeOf({ ...ADA, version: 2 }, { expected: 'writer:1', topics })
    const last = forgetOf({ ...ADA, version: 2 }, { topics })
    await mustSave(store, writeOf(ADA, { topics }), second, last)
    await ear.untilChanges(3)
    equal(
      ear.changes.map(({ version }) => version),
      [1, 2, 3],
      'versions',
    )
  })

  rule('all changes of one call are heard, each by who subscribed to it', async ({ store, listen }) => {
    const all = await listen(store, ['space:all'])
    const odd = await listen(store, ['space:odd'])
    const writes = Array.from({ length: 20 }, (_, i) =>
      writeOf({ userId: `user ${i}` }, { topics: i % 2 === 0 ? ['space:all'] : ['space:all', 'space:odd'] }),
    )
    await mustSave(store, ...writes)
    await all.untilChanges(20)
    await odd.untilQuiet()
    equalSets(
      all.changes.map(({ userId }) => userId),
      writes.map(({ userId }) => userId),
      'heard by one',
    )
    const expected = writes.filter((_, i) => i % 2 === 1).map(({ userId }) => userId)
    equalSets(
      odd.changes.map(({ userId }) => userId),
      expected,
      'heard by the other',
    )
  })

  rule('a write in conflict is published to nobody', async ({ store, listen }) => {
    await mustCreate(store, ADA)
    const ear = await listen(store, ['user:ada'])
    await store.save([writeOf({ ...ADA, version: 2 }, { expected: 'other:1', topics: ['user:ada'] })])
    await store.save([forgetOf(ADA, { expected: 'other:1', topics: ['user:ada'] })])
    await ear.untilQuiet()
    equal(ear.changes, [], 'changes')
  })

  rule('what passes beside a conflict is published', async ({ store, listen }) => {
    await mustCreate(store, ADA)
    const ear = await listen(store, ['space:a'])
    const topics = ['space:a'] as const
    await store.save([writeOf(ADA, { topics }), writeOf({ userId: 'bob' }, { topics }), writeOf(ADA, { topics })])
    await ear.untilChanges(1)
    await ear.untilQuiet()
    equal(
      ear.changes.map(({ userId }) => userId),
      ['bob'],
      'users heard of',
    )
  })

  rule('nothing is heard inside the call that saves', async ({ store, listen }) => {
    let isInside = false
    let heardInside = 0
    const ear = await listen(store, ['user:ada', 'user:bob'], () => {
      if (isInside) heardInside++
    })
    for (const userId of ['ada', 'bob']) {
      isInside = true
      const saved = store.save([writeOf({ userId }, { topics: [`user:${userId}`] })])
      isInside = false
      await saved
    }
    await ear.untilChanges(2)
    equal(heardInside, 0, 'calls of the listener from inside save')
  })

  rule('a listener may save', async ({ store, listen }) => {
    const calls: Promise<void>[] = []
    const ear = await listen(store, ['user:ada', 'user:bob'], (changes) => {
      if (changes.some(({ userId }) => userId === 'ada')) {
        calls.push(mustSave(store, writeOf({ userId: 'bob' }, { topics: ['user:bob'] })))
      }
    })
    await mustSave(store, writeOf(ADA, { topics: ['user:ada'] }))
    await ear.untilChanges(2)
    await Promise.all(calls)
    equal(
      ear.changes.map(({ userId }) => userId),
      ['ada', 'bob'],
      'users heard of',
    )
  })
}
