import { equal, equalSets } from '../checks.ts'
import type { Suite } from '../suite.ts'

/** Ephemeral messages that pass through the feed. */
export function signalRules({ rule }: Suite): void {
  rule('a signal is heard as it was published, by its publisher too', async ({ store, listen }) => {
    const other = await listen(store, ['space:a'])
    const own = await listen(store, ['space:a'])
    const signal = { topic: 'space:a', signal: { name: 'typing', data: { list: [], more: {} }, forMs: 3_000 } } as const
    await own.subscription.publish(signal)
    for (const ear of [own, other]) {
      await ear.untilSignals(1)
      equal(ear.signals, [signal], 'signals')
    }
  })

  rule('a signal is not heard on other topics', async ({ store, listen }) => {
    const ear = await listen(store, ['space:b', 'user:a', 'node:a'])
    const { subscription } = await listen(store, [])
    await subscription.publish({ topic: 'space:a', signal: 1 })
    await ear.untilQuiet()
    equal(ear.signals, [], 'signals')
  })

  rule('a signal may be published without being subscribed', async ({ store, listen }) => {
    const ear = await listen(store, ['space:a'])
    const publisher = await listen(store, [])
    await publisher.subscription.publish({ topic: 'space:a', signal: 'text' })
    await ear.untilSignals(1)
    await publisher.untilQuiet()
    equal(ear.signals, [{ topic: 'space:a', signal: 'text' }], 'signals')
    equal(publisher.signals, [], 'signals heard by the publisher')
  })

  rule('a signal is not stored: who subscribes later does not hear it', async ({ store, listen }) => {
    const early = await listen(store, ['space:a'])
    await early.subscription.publish({ topic: 'space:a', signal: 1 })
    await early.untilSignals(1)
    const late = await listen(store, ['space:a'])
    await late.untilQuiet()
    equal(late.signals, [], 'signals')
  })

  rule('each signal is heard at most once', async ({ store, listen }) => {
    const ear = await listen(store, ['space:a', 'space:b'])
    for (const signal of ['1', '2', '3', '4', '5']) await ear.subscription.publish({ topic: 'space:a', signal })
    await ear.untilSignals(5)
    await ear.untilQuiet()
    equalSets(
      ear.signals.map(({ signal }) => String(signal)),
      ['1', '2', '3', '4', '5'],
      'signals',
    )
  })

  rule('a signal of a removed topic is heard no more', async ({ store, listen }) => {
    const ear = await listen(store, ['space:a'])
    await ear.subscription.remove(['space:a'])
    await ear.subscription.publish({ topic: 'space:a', signal: 1 })
    await ear.untilQuiet()
    equal(ear.signals, [], 'signals')
  })
}
