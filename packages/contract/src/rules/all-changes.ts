import { equal } from '../checks.ts'
import { forgetOf, mustSave, writeOf } from '../samples.ts'
import type { Suite } from '../suite.ts'

/** Who listens to all. */
export function allChangesRules({ rule }: Suite): void {
  rule('every change on any topic is heard, each once', async ({ store, listen }) => {
    const ear = await listen(store, ['all', 'user:ada', 'space:a'])
    const writes = [
      writeOf({ userId: 'ada' }, { topics: ['user:ada', 'space:a', 'space:b', 'node:n'], note: 1 }),
      writeOf({ userId: 'bob' }, { topics: ['node:n'], note: 2 }),
      ...Array.from({ length: 100 }, (_, i) => writeOf({ userId: `${i}` }, { topics: [`user:${i}`, `space:${i}`] })),
    ]
    await mustSave(store, ...writes)
    const last = forgetOf({ userId: 'ada' }, { topics: ['user:ada'] })
    await mustSave(store, last)
    await ear.untilChanges(writes.length + 1)
    await ear.untilQuiet()
    const heard = (userId: string) => ear.changes.filter((change) => change.userId === userId)
    equal(heard('ada'), [writes[0]?.change, last.change], 'changes of one user')
    equal(heard('bob'), [writes[1]?.change], 'changes of another')
    equal(ear.changes.length, writes.length + 1, 'changes')
  })

  rule('a change on no topic is heard by nobody', async ({ store, listen }) => {
    const ear = await listen(store, ['all'])
    await mustSave(store, writeOf({ userId: 'ada' }, { topics: [] }))
    await ear.untilQuiet()
    equal(ear.changes, [], 'changes')
  })

  rule('signals are heard by who has their topic', async ({ store, listen }) => {
    const ear = await listen(store, ['all'])
    await ear.subscription.publish({ topic: 'space:a', signal: 1 })
    await ear.untilQuiet()
    equal(ear.signals, [], 'signals')
  })

  rule('once it was removed, what has other topics still hears those', async ({ store, listen }) => {
    const ear = await listen(store, ['user:ada', 'all'])
    await ear.subscription.remove(['all'])
    await mustSave(store, ...['ada', 'bob'].map((userId) => writeOf({ userId }, { topics: [`user:${userId}`] })))
    await ear.untilChanges(1)
    await ear.untilQuiet()
    equal(
      ear.changes.map(({ userId }) => userId),
      ['ada'],
      'users heard of',
    )
  })

  rule('one who has it makes nobody else hear more', async ({ store, listen }) => {
    const all = await listen(store, ['all'])
    const one = await listen(store, ['user:ada'])
    await mustSave(store, ...['ada', 'bob'].map((userId) => writeOf({ userId }, { topics: [`user:${userId}`] })))
    await all.untilChanges(2)
    await one.untilQuiet()
    equal(
      one.changes.map(({ userId }) => userId),
      ['ada'],
      'users heard of',
    )
  })
}
