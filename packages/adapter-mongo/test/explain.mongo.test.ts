import type { PresenceStore, Write } from '@rollcall/core'
import type { CommandStartedEvent, Document } from 'mongodb'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createIndexes, mongoStore } from '../src/index.ts'
import { openDatabase, type TestDatabase } from './database.ts'
import { writeOf } from './writes.ts'

const NOW = Date.UTC(2026, 0, 1)
const EXPLAINED = ['find', 'aggregate', 'distinct', 'update', 'findAndModify', 'count', 'delete']

/** Everything the store asks of a server, each once; 300 users so that an index is worth it. */
async function useEverything(store: PresenceStore): Promise<void> {
  const users = Array.from({ length: 300 }, (_, i): Write => {
    const spaces = [`space ${i % 10}`]
    return writeOf(`user ${100 + i}`, { nodes: [`node ${i % 3}`], spaces, wakeAt: i % 2 === 0 ? NOW + i : null })
  })
  await store.save(users)
  await store.load(['user 100', 'user 101'])
  await store.renewNode('node 0', NOW + 30_000, NOW, { afterMs: 20_000, forMs: 30_000 })
  for (const space of [undefined, 'space 1']) {
    for (const status of [undefined, 'online'] as const) {
      const query = { as: 'others', ...(space && { space }), ...(status && { status }) } as const
      const { next } = await store.list(query, null, 10)
      await store.list(query, next, 10)
      await store.count(query)
    }
  }
  const due = await store.due(NOW + 200, null, 10)
  await store.due(NOW + 200, due.next, 10)
  const { next } = await store.usersOf('node 1', null, 10)
  await store.usersOf('node 1', next, 10)
  await store.deadNodes(NOW, null, 10)
  await store.removeNode('node 1')
  const subscription = await store.subscribe({ onChanges() {}, onSignal() {}, onGap() {} })
  await subscription.publish({ topic: 'space:a', signal: 1 })
  await store.save([writeOf('user 100', { version: 2, expected: 'writer:1' })])
  await store.save([writeOf('user 100', { version: 3, expected: 'writer:2', isForgotten: true })])
  await subscription.close()
}

/** Names of the plan's stages, from the root down; with the index of an index scan. */
function stagesOf(explained: Document): readonly string[] {
  const stages: string[] = []
  const visit = (value: unknown) => {
    if (Array.isArray(value)) value.forEach(visit)
    if (typeof value !== 'object' || value === null) return
    const { stage, indexName } = value as Document
    if (typeof stage === 'string') stages.push(indexName === undefined ? stage : `${stage} ${indexName}`)
    for (const [key, child] of Object.entries(value)) if (key !== 'rejectedPlans') visit(child)
  }
  const { queryPlanner, stages: pipeline } = explained
  visit(queryPlanner?.winningPlan ?? pipeline?.[0]?.$cursor?.queryPlanner?.winningPlan)
  return stages
}

/** What a write writes to is found as a query finds it; some servers explain queries only. */
function queryOf({ commandName, command }: CommandStartedEvent): Document {
  if (commandName === 'update') return { find: command.update, filter: command.updates[0].q }
  if (commandName === 'findAndModify') return { find: command.findAndModify, filter: command.query }
  const { lsid, $db, $clusterTime, txnNumber, $readPreference, readConcern, writeConcern, ...plain } = command
  return plain
}

const LANES = [
  { name: 'with change streams', variable: 'MONGO_URL', options: {} },
  { name: 'with polling', variable: 'MONGO_STANDALONE_URL', options: { feed: { pollEvery: 10 } } },
] as const

for (const { name, variable, options } of LANES) {
  describe(`plans of the queries ${name}`, () => {
    let database: TestDatabase
    let plans: readonly { readonly query: string; readonly stages: readonly string[] }[]
    beforeAll(async () => {
      database = await openDatabase(variable, 7, { monitorCommands: true })
      await createIndexes(database.db)
      const started: CommandStartedEvent[] = []
      const listen = (event: CommandStartedEvent) => started.push(event)
      database.client.on('commandStarted', listen)
      const store = mongoStore(database.db, options)
      await useEverything(store)
      await store.close()
      database.client.off('commandStarted', listen)
      plans = await Promise.all(
        started
          .filter(({ commandName, command }) => EXPLAINED.includes(commandName) && command.aggregate !== 1)
          .map(async (event) => {
            const query = queryOf(event)
            const explained = await database.db.command({ explain: query, verbosity: 'queryPlanner' })
            return { query: JSON.stringify(query), stages: stagesOf(explained) }
          }),
      )
    })
    afterAll(() => database[Symbol.asyncDispose]())

    const isDistinct = (query: string) => query.startsWith('{"distinct"')
    const isById = (query: string) => query.includes('"filter":{"_id":"')
    const scansOf = (isMine: (query: string) => boolean) =>
      plans.filter(({ query, stages }) => isMine(query) && stages.includes('COLLSCAN'))

    it('finds by an index whatever is asked for by anything but the id', () => {
      expect(plans.length).toBeGreaterThan(20)
      expect(plans.filter(({ stages }) => stages.length === 0)).toEqual([])
      expect(scansOf((query) => !isDistinct(query) && !isById(query))).toEqual([])
    })

    it('finds by the id what a write expects', () => {
      expect(plans.filter(({ query }) => isById(query)).length).toBeGreaterThan(3)
      expect(scansOf(isById)).toEqual([])
    })

    it('reads the names of nodes off the index', () => {
      const [plan] = plans.filter(({ query }) => isDistinct(query))
      expect(plan?.stages.join()).toContain('DISTINCT_SCAN nodes')
    })

    it('sorts nothing that an index has in order', () => {
      expect(plans.filter(({ stages }) => stages.includes('SORT'))).toEqual([])
    })
  })
}
