import type { TestWatcher } from '../../src/testing.ts'

/** Every status of a user that a watcher was sent, in order; a user who left a space is `gone`. */
export function toldOf(watcher: TestWatcher, userId: string): string[] {
  return watcher.messages.flatMap((message) => {
    if (message.type === 'snapshot') {
      return message.topics.map(({ users }) => users.find((user) => user.userId === userId)?.status ?? 'gone')
    }
    if (message.type !== 'diff') return []
    const set = message.set.filter((user) => user.userId === userId).map(({ status }) => status)
    return message.gone.includes(userId) ? [...set, 'gone'] : set
  })
}

/** Periods are jittered downwards: with these options they are as long as they can be. */
export const longestPeriods = { random: () => 0 } as const
