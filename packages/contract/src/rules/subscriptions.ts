import { equal } from '../checks.ts'
import { mustSave, writeOf } from '../samples.ts'
import type { Suite } from '../suite.ts'

/** Topics come and go. */
export function subscriptionRules({ rule }: Suite): void {
  rule('a subscription hears nothing before a topic was added', async ({ store, listen }) => {
    const ear = await listen(store, [])
    await mustSave(store, writeOf({ userId: 'ada' }, { topics: ['user:ada'] }))
    await ear.untilQuiet()
    equal(ear.changes, [], 'changes')
  })

  rule('once a topic was added every later save is heard', async ({ store, listen }) => {
    const ear = await listen(store, [])
    for (let i = 0; i < 10; i++) {
      await ear.subscription.add([`user:${i}`])
      await mustSave(store, writeOf({ userId: `${i}` }, { topics: [`user:${i}`] }))
    }
    await ear.untilChanges(10)
  })

  rule('many topics are added at once', async ({ store, listen }) => {
    const topics = Array.from({ length: 1_000 }, (_, i) => `user:${i}` as const)
    const ear = await listen(store, topics)
    const writes = [0, 500, 999].map((i) => writeOf({ userId: `${i}` }, { topics: [`user:${i}`] }))
    await mustSave(store, ...writes)
    await ear.untilChanges(3)
  })

  rule('a topic added twice is heard once', async ({ store, listen }) => {
    const ear = await listen(store, ['user:ada', 'user:ada'])
    await ear.subscription.add(['user:ada'])
    await mustSave(store, writeOf({ userId: 'ada' }, { topics: ['user:ada'] }))
    await ear.untilQuiet()
    equal(ear.changes.length, 1, 'times heard')
  })

  rule('a topic added twice is gone when it was removed once', async ({ store, listen }) => {
    const ear = await listen(store, ['user:ada', 'user:ada'])
    await ear.subscription.remove(['user:ada'])
    await mustSave(store, writeOf({ userId: 'ada' }, { topics: ['user:ada'] }))
    await ear.untilQuiet()
    equal(ear.changes, [], 'changes')
  })

  rule('a removed topic is heard no more, the others are', async ({ store, listen }) => {
    const ear = await listen(store, ['user:ada', 'user:bob'])
    await ear.subscription.remove(['user:ada'])
    await mustSave(store, ...['ada', 'bob'].map((userId) => writeOf({ userId }, { topics: [`user:${userId}`] })))
    await ear.untilChanges(1)
    await ear.untilQuiet()
    equal(
      ear.changes.map(({ userId }) => userId),
      ['bob'],
      'users heard of',
    )
  })

  rule('a topic removed by one subscriber is still heard by another', async ({ store, listen }) => {
    const leaver = await listen(store, ['user:ada'])
    const stayer = await listen(store, ['user:ada'])
    await leaver.subscription.remove(['user:ada'])
    await mustSave(store, writeOf({ userId: 'ada' }, { topics: ['user:ada'] }))
    await stayer.untilChanges(1)
    await leaver.untilQuiet()
    equal(leaver.changes, [], 'changes heard by the one that removed it')
  })

  rule('a topic removed and added again is heard again', async ({ store, listen }) => {
    const ear = await listen(store, ['user:ada'])
    await ear.subscription.remove(['user:ada'])
    await ear.subscription.add(['user:ada'])
    await mustSave(store, writeOf({ userId: 'ada' }, { topics: ['user:ada'] }))
    await ear.untilChanges(1)
  })

  rule('removing a topic that was never added does no harm', async ({ store, listen }) => {
    const ear = await listen(store, ['user:ada'])
    await ear.subscription.remove(['user:bob', 'space:a'])
    await mustSave(store, writeOf({ userId: 'ada' }, { topics: ['user:ada'] }))
    await ear.untilChanges(1)
  })

  rule('a closed subscription hears nothing, the others do', async ({ store, listen }) => {
    const closed = await listen(store, ['user:ada'])
    const open = await listen(store, ['user:ada'])
    await closed.subscription.close()
    await mustSave(store, writeOf({ userId: 'ada' }, { topics: ['user:ada'] }))
    await open.untilChanges(1)
    await open.untilQuiet()
    equal(closed.changes, [], 'changes heard by the closed one')
  })

  rule('closing a subscription twice does no harm', async ({ store, listen }) => {
    const ear = await listen(store, ['user:ada'])
    await ear.subscription.close()
    await ear.subscription.close()
  })
}
