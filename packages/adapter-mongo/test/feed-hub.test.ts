import { describe, expect, it, vi } from 'vitest'
import { createFeedHub, type FeedHearer } from '../src/feed-hub.ts'
import { decodeChange, encodeFeed } from '../src/feed-text.ts'
import { writeOf } from './writes.ts'

describe('what is heard', () => {
  it('comes to everybody it concerns; a record that cannot be read is a gap', async () => {
    let hearer: FeedHearer | undefined
    const hub = createFeedHub({
      async open(opened) {
        hearer = opened
        return { close: async () => {} }
      },
      async publish() {},
    })
    const heard: string[] = []
    for (const userId of ['ada', 'bob']) {
      const { add } = await hub.subscribe({
        onChanges: (changes) => heard.push(...changes.map(({ version }) => `${userId} ${version}`)),
        onSignal() {},
        onGap: () => heard.push(`${userId} gap`),
      })
      await add([`user:${userId}`])
    }
    const changeOf = (userId: string, version: number, record: string) => {
      const change = decodeChange(userId, encodeFeed('name', writeOf(userId, { version })), record)
      return change === null ? [] : [change]
    }
    hearer?.onHeard([...changeOf('ada', 1, '{"cut'), ...changeOf('bob', 2, '{}'), ...changeOf('ada', 3, '{}')], [])
    await vi.waitFor(() => expect(heard).toEqual(['ada 3', 'ada gap', 'bob 2']))
    await hub.close()
  })
})
