import type { Json, UserRecord } from '@rollcall/core'
import { equal } from '../checks.ts'
import { forgetOf, mustCreate, mustSave, NOON, recordOf, type Sample, writeOf } from '../samples.ts'
import type { Suite } from '../suite.ts'

/** JSON that goes wrong where somebody translates it: empty lists and objects, keys with a meaning, large numbers. */
const AWKWARD: Json = JSON.parse(
  `{"":0,"__proto__":{"isAdmin":true},"constructor":[],"empty":{},"list":[[],{},[[]],null],"big":9007199254740991,
    "less":-9007199254740991,"part":0.1,"small":1e-7,"date":"2026-01-01T00:00:00Z","number":"01","$set":{"a.b":1},
    "text":"\\\\ \\" ' \\u2028 \\ud83d\\ude00 \\n","bool":false}`,
)

/** A record with something in every field. */
const FULL: Sample = {
  userId: 'ada',
  status: 'busy',
  spaces: ['a', 'b'],
  nodes: ['n1', 'n2'],
  shown: { status: 'offline', spaces: [] },
  record: {
    claims: [
      { source: 'call', status: 'busy', priority: 80, until: NOON + 1, connectionId: 'ada/0', since: NOON, at: NOON },
      { source: 'manual', status: null, priority: 60, until: null, connectionId: null, since: 0, at: NOON },
    ],
    message: { text: 'à table 🍝', emoji: '🍝', until: null, at: NOON },
    ended: [{ kind: 'session', id: 's', by: 'sign-out', at: NOON, until: NOON + 600_000 }],
    signedOutAt: NOON - 1,
    lastSeenTo: 'admins',
    lastSeenToAt: NOON - 2,
    cause: { cause: 'claim', at: NOON, nodeId: 'n1', connectionId: null },
  },
}

function withState(sample: Sample, state: Json): Sample {
  const { connections } = recordOf(sample)
  const states = connections.map((connection) => ({
    ...connection,
    meta: state,
    spaces: connection.spaces.map((entry) => ({ ...entry, state })),
  }))
  return { ...sample, record: { ...sample.record, connections: states } }
}

/** What goes in comes out. */
export function recordRules({ rule }: Suite): void {
  rule('a user never saved loads as null', async ({ store }) => {
    equal(await store.load(['nobody']), [null], 'load')
  })

  rule('a record loads as it was saved, every field of it', async ({ store }) => {
    await mustCreate(store, FULL)
    equal(await store.load(['ada']), [recordOf(FULL)], 'load')
  })

  rule('an empty record loads as it was saved', async ({ store }) => {
    const empty: Sample = { userId: 'ada', status: 'offline' }
    await mustCreate(store, empty)
    equal(await store.load(['ada']), [recordOf(empty)], 'load')
  })

  rule('awkward JSON in a record loads as it was saved', async ({ store }) => {
    const awkward = withState(FULL, AWKWARD)
    await mustCreate(store, awkward)
    equal(await store.load(['ada']), [recordOf(awkward)], 'load')
  })

  rule('a record of 32 connections in 100 spaces loads as it was saved', async ({ store }) => {
    const spaces = Array.from({ length: 100 }, (_, i) => `space ${i}`)
    const nodes = Array.from({ length: 32 }, (_, i) => `node ${i}`)
    const large: Sample = { userId: 'ada', spaces, nodes }
    await mustCreate(store, large)
    equal(await store.load(['ada']), [recordOf(large)], 'load')
  })

  rule('records load in the order asked for, null where there is none', async ({ store }) => {
    await mustCreate(store, { userId: 'a' }, { userId: 'b' }, { userId: 'c' })
    const records = await store.load(['c', 'x', 'a', 'y', 'b'])
    equal(records.map(idOf), ['c', null, 'a', null, 'b'], 'load')
  })

  rule('a user asked for twice is loaded twice', async ({ store }) => {
    await mustCreate(store, { userId: 'a' })
    const records = await store.load(['a', 'x', 'a'])
    equal(records.map(idOf), ['a', null, 'a'], 'load')
  })

  rule('nobody asked for loads nothing, no write saves nothing', async ({ store }) => {
    equal(await store.load([]), [], 'load')
    equal(await store.save([]), [], 'save')
  })

  rule('a later save replaces the record as a whole', async ({ store }) => {
    await mustCreate(store, FULL)
    const plain: Sample = { userId: 'ada', version: 2 }
    await mustSave(store, writeOf(plain, { expected: 'writer:1' }))
    equal(await store.load(['ada']), [recordOf(plain)], 'load')
  })

  rule('a record that was handed out does not change when another is saved', async ({ store }) => {
    await mustCreate(store, FULL)
    const [before] = await store.load(['ada'])
    await mustSave(store, writeOf({ userId: 'ada', version: 2 }, { expected: 'writer:1' }))
    equal(before, recordOf(FULL), 'the record loaded before')
  })

  rule('300 users are saved in one call and loaded in one', async ({ store }) => {
    const samples = Array.from({ length: 300 }, (_, i): Sample => ({ userId: `user ${i}`, spaces: ['all'] }))
    await mustCreate(store, ...samples)
    equal(await store.load(samples.map(({ userId }) => userId)), samples.map(recordOf), 'load')
  })

  rule('a forgotten user loads as null', async ({ store }) => {
    await mustCreate(store, FULL)
    await mustSave(store, forgetOf(FULL))
    equal(await store.load(['ada']), [null], 'load')
  })

  rule('a forgotten user can be saved anew', async ({ store }) => {
    await mustCreate(store, FULL)
    await mustSave(store, forgetOf(FULL))
    const again: Sample = { userId: 'ada', version: 7 }
    await mustCreate(store, again)
    equal(await store.load(['ada']), [recordOf(again)], 'load')
  })
}

function idOf(record: UserRecord | null): string | null {
  return record?.userId ?? null
}
