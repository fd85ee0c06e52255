import { memoryStore, type PresenceStore } from '@rollcall/core'
import type { BrokenStore } from './broken-store.ts'

/** A store that changes every name on its way in and, where it can, back on its way out. */
function renaming(name: string, breaks: readonly string[], write: (text: string) => string): readonly BrokenStore[] {
  return breaks.map((each) => ({
    name: `${name} (${each.split(':')[1]?.trim()})`,
    breaks: each,
    create: () => renamed(memoryStore(), write),
  }))
}

function renamed(store: PresenceStore, write: (text: string) => string): PresenceStore {
  const all = (names: readonly string[]) => names.map(write)
  const topicOf = <T extends string>(topic: T) => {
    const end = topic.indexOf(':') + 1
    return `${topic.slice(0, end)}${write(topic.slice(end))}` as T
  }
  return {
    ...store,
    load: (userIds) => store.load(all(userIds)),
    save: (writes) =>
      store.save(
        writes.map((each) => ({
          ...each,
          userId: write(each.userId),
          record: each.record && { ...each.record, userId: write(each.userId), rev: write(each.record.rev) },
          expected: each.expected && write(each.expected),
          topics: each.topics.map(topicOf),
          index: each.index && {
            ...each.index,
            nodes: all(each.index.nodes),
            real: { ...each.index.real, spaces: all(each.index.real.spaces) },
            shown: { ...each.index.shown, spaces: all(each.index.shown.spaces) },
          },
        })),
      ),
    list: ({ space, ...query }, ...rest) =>
      store.list(space === undefined ? query : { ...query, space: write(space) }, ...rest),
    count: ({ space, ...query }) => store.count(space === undefined ? query : { ...query, space: write(space) }),
    usersOf: (nodeId, ...rest) => store.usersOf(write(nodeId), ...rest),
    renewNode: (nodeId, ...rest) => store.renewNode(write(nodeId), ...rest),
    removeNode: (nodeId) => store.removeNode(write(nodeId)),
    async subscribe(listener) {
      const subscription = await store.subscribe(listener)
      return {
        ...subscription,
        add: (topics) => subscription.add(topics.map(topicOf)),
        remove: (topics) => subscription.remove(topics.map(topicOf)),
        publish: (signal) => subscription.publish({ ...signal, topic: topicOf(signal.topic) }),
      }
    },
  }
}

const user = (label: string) => `names: ${label} is a user, a space and a node like any other`
const topic = (label: string) => `names: ${label} is a topic like any other`
const ALIKE = ['names: names that look alike are different', 'names: topics that look alike are different']

export const brokenNames: readonly BrokenStore[] = [
  ...renaming('ignores case', ALIKE, (text) => text.toLowerCase()),
  ...renaming('normalises', ALIKE, (text) => text.normalize('NFKC')),
  ...renaming('trims', [user('spaces at the ends'), user('a space'), user('a line break')].slice(0, 2), (text) =>
    text.trim(),
  ),
  ...renaming(
    'cuts names',
    [user('256 bytes of ASCII'), user('256 bytes of emoji'), topic('256 bytes of ASCII')],
    (text) => text.slice(0, 60),
  ),
  ...renaming('reads numbers', [user('a number'), user('a large number'), topic('a number')], (text) =>
    /^\d+$/.test(text) ? String(Number(text)) : text,
  ),
  ...renaming(
    'keeps ASCII',
    [
      user('right to left'),
      user('a family of emoji'),
      user('the last code unit'),
      user('a byte order mark'),
      user('a line separator'),
    ],
    (text) => text.replace(/[^ -~\n\r\t]/gu, '?'),
  ),
  ...renaming('splits at colons', [user('a colon'), topic('a colon')], (text) => text.replaceAll(':', '')),
  ...renaming('strips control characters', [user('control characters'), user('a line break')], (text) =>
    text.replace(/\p{Cc}/gu, ''),
  ),
  ...renaming(
    'takes prototypes for nothing',
    [user('a prototype'), topic('a prototype'), user('a constructor'), user('a method')],
    (text) => (text in {} ? '' : text),
  ),
  ...renaming(
    'reads escapes',
    [user('all quotes'), user('a pattern'), user('an SQL pattern'), user('an SQL string')],
    (text) => text.replace(/['\\]/g, ''),
  ),
  ...renaming(
    'takes a trailing 2 for a copy',
    ['a hash tag', 'a lexical range', 'an endless range', 'an operator', 'a path', 'a null in words'].map(topic),
    (text) => text.replace(/2$/, ''),
  ),
]
