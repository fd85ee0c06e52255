import { hashRev } from '@rollcall/core'
import { equal, equalSets } from '../checks.ts'
import { renew } from '../lease-terms.ts'
import { allPages, deadAt, dueAt, idsOf, usersOf } from '../paging.ts'
import { forgetOf, mustCreate, mustSave, NOON, recordOf, type Sample, writeOf } from '../samples.ts'
import type { Suite } from '../suite.ts'

/** Names that mean something to somebody on the way: to JavaScript, a query language, a key pattern, a text codec. */
const HOSTILE: Readonly<Record<string, string>> = {
  'a prototype': '__proto__',
  'a constructor': 'constructor',
  'a method': 'hasOwnProperty',
  'a colon': ':user:a:',
  'a hash tag': '{a}{b}}{',
  'a pattern': '*?[a-z]\\*',
  'a lexical range': '[a',
  'an open range': '(a',
  'an endless range': '+',
  'an infinity': '-inf',
  'an SQL string': `'; DROP TABLE users; --`,
  'an SQL pattern': '%_\\_',
  'a parameter': `$1 \${a} :a @a ?`,
  'an operator': '$where',
  'a path': '../a.b.c/[0]',
  'all quotes': `"'\`\\"`,
  'an array literal': '{"a",b,NULL}',
  'a null in words': 'null',
  'a number': '007',
  'a large number': '9007199254740993',
  'a space': ' ',
  'spaces at the ends': '  a  ',
  'a line break': 'a\r\nb\tc',
  'control characters': '\u0001\u001f\u007f',
  'a byte order mark': '\ufeffa',
  'a line separator': '\u2028',
  'the last code unit': '\uffff',
  'right to left': 'مستخدم\u202e',
  'a family of emoji': '👩‍👩‍👧‍👦',
  '256 bytes of ASCII': 'x'.repeat(256),
  '256 bytes of emoji': '\u{1F600}'.repeat(64),
}

/** Names that somebody may take for one another. */
const ALIKE = [
  'ada',
  'Ada',
  'ADA',
  ' ada',
  'ada ',
  'ad\u00e4',
  'ada\u0308',
  '\u0430da',
  'ada\u200b',
  'ada\n',
  'ada:',
  '1',
  '01',
  '1.0',
  '１',
]

/** Every name is taken as it is. */
export function nameRules({ rule }: Suite): void {
  for (const [label, name] of Object.entries(HOSTILE)) {
    const sample: Sample = { userId: name, rev: `${name}:1`, spaces: [name, 'a'], nodes: [name], wakeAt: NOON }

    rule(`${label} is a user, a space and a node like any other`, async ({ store }) => {
      await mustCreate(store, sample, { userId: 'other', spaces: ['a'], nodes: ['n'] })
      equal(await store.load([name]), [recordOf(sample)], 'load')
      equal(await idsOf(store, { space: name, status: 'online', as: 'others' }), [name], 'list of the space')
      equalSets(await idsOf(store, { space: 'a', as: 'others' }, 1), [name, 'other'], 'list of a common space')
      equal(await store.count({ space: name, as: 'admin' }), 1, 'count of the space')
      equal(await dueAt(store, NOON, 1), [name], 'due')
      equal(await usersOf(store, name, 1), [name], 'users of the node')
      equal((await renew(store, name)).digest, { count: 1, sum: hashRev(`${name}:1`) }, 'digest')
      await store.removeNode(name)
      equalSets(await deadAt(store, NOON, 1), ['n', name], 'dead')
      await mustSave(store, forgetOf(sample))
      equal(await store.load([name]), [null], 'load after it was forgotten')
    })

    rule(`${label} is a topic like any other`, async ({ store, listen }) => {
      const topics = [`user:${name}`, `space:${name}`, `node:${name}`] as const
      const heard = await listen(store, topics)
      const unheard = await listen(store, [`user:${name}2`, 'space:a'])
      await mustSave(store, writeOf(sample, { topics, note: name }))
      await heard.subscription.publish({ topic: topics[1], signal: name })
      await heard.untilChanges(1)
      await heard.untilSignals(1)
      await unheard.untilQuiet()
      equal(
        heard.changes.map(({ userId, note }) => [userId, note]),
        [[name, name]],
        'changes',
      )
      equal(heard.signals, [{ topic: topics[1], signal: name }], 'signals')
      equal([unheard.changes, unheard.signals], [[], []], 'heard on other topics')
    })
  }

  rule('names that look alike are different', async ({ store }) => {
    const samples = ALIKE.map((name): Sample => ({ userId: name, spaces: [name], nodes: [name], wakeAt: NOON }))
    await mustCreate(store, ...samples)
    equal(await store.load(ALIKE), samples.map(recordOf), 'load')
    equalSets(await dueAt(store, NOON), ALIKE, 'due')
    equalSets(await deadAt(store, NOON), ALIKE, 'dead')
    for (const name of ALIKE) equal(await idsOf(store, { space: name, as: 'others' }), [name], `list of ${name}`)
  })

  rule('topics that look alike are different', async ({ store, listen }) => {
    const ears = []
    for (const name of ALIKE) ears.push(await listen(store, [`space:${name}`]))
    for (const name of ALIKE) await mustSave(store, writeOf({ userId: name }, { topics: [`space:${name}`] }))
    for (const [i, ear] of ears.entries()) {
      await ear.untilChanges(1)
      await ear.untilQuiet()
      equal(
        ear.changes.map(({ userId }) => userId),
        [ALIKE[i]],
        `heard on ${ALIKE[i]}`,
      )
    }
  })

  rule('a rev may be any text', async ({ store }) => {
    const revs = Object.values(HOSTILE)
    await mustCreate(store, { userId: 'ada', rev: revs[0] as string })
    for (const [i, rev] of revs.slice(1).entries()) {
      await mustSave(store, writeOf({ userId: 'ada', rev }, { expected: revs[i] as string }))
    }
    equal((await store.load(['ada']))[0]?.rev, revs.at(-1), 'rev')
  })

  rule('pages of one meet every name once', async ({ store }) => {
    const names = [...Object.values(HOSTILE), ...ALIKE, '\ue000', '\u{10000}', '\ufffd']
    await mustCreate(store, ...names.map((userId): Sample => ({ userId, spaces: ['s'], nodes: ['n'], wakeAt: NOON })))
    const list = await allPages((cursor, limit) => store.list({ space: 's', as: 'others' }, cursor, limit), 1)
    equalSets(
      list.map(({ userId }) => userId),
      names,
      'list',
    )
    equalSets(await usersOf(store, 'n', 1), names, 'users of the node')
    equalSets(await dueAt(store, NOON, 1), names, 'due')
  })
}
