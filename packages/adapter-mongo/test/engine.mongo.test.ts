import { createPresence, type Presence, type PresenceChange, type PresenceOptions } from '@rollcall/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createIndexes, type MongoStoreOptions, mongoStore } from '../src/index.ts'
import { crashingStore } from './crashing-store.ts'
import { openDatabase, type TestDatabase } from './database.ts'
import { hold } from './held.ts'

const LANES = [
  { name: 'change streams', variable: 'MONGO_URL', options: {} },
  { name: 'polling', variable: 'MONGO_STANDALONE_URL', options: { feed: { pollEvery: 20 } } },
] as const satisfies readonly { name: string; variable: string; options: MongoStoreOptions }[]

/** A real database is waited for, and answers when it answers. */
const SOON = { timeout: 40_000, interval: 20 }

for (const { name, variable, options } of LANES) {
  describe(`two nodes on ${name}`, () => {
    let database: TestDatabase
    const nodes: Presence[] = []
    const errors: string[] = []
    beforeEach(async () => {
      database = await openDatabase(variable)
      await createIndexes(database.db)
    })
    afterEach(async () => {
      for (const node of nodes.splice(0)) await node.stop()
      await database[Symbol.asyncDispose]()
      expect(errors.splice(0)).toEqual([])
    })
    const start = async (rest: Partial<PresenceOptions> = {}): Promise<Presence> => {
      const presence = createPresence({ store: mongoStore(database.db, options), ...rest })
      presence.on('error', ({ code, message, cause }) => errors.push(`${code}: ${message} ${cause}`))
      await presence.start()
      nodes.push(presence)
      return presence
    }

    it('see and hear of one another what happens on either', async () => {
      const [a, b] = [await start(), await start()]
      const heard: string[] = []
      const group = b.watchers({ broadcast: (_, message) => heard.push(JSON.stringify(message)) })
      await group.watch('space:default', 'others', null, () => {})
      const { connection } = await hold(a, 'ada')
      expect((await b.get('ada')).status).toBe('online')
      await vi.waitFor(() => expect(heard.join()).toContain('"online"'), SOON)
      await b.claim('ada', { source: 'manual', status: 'busy' })
      expect((await a.get('ada')).status).toBe('busy')
      await connection.leave()
      await vi.waitFor(() => expect(heard.at(-1)).toMatch(/"gone":\["ada"\]|"offline"/), SOON)
      expect(await b.count({ space: 'default' })).toBe(0)
      group.close()
    })

    it('lose no event, see none twice and none wrong when users come and go on both at once', async () => {
      const [a, b] = [await start(), await start()]
      const changes: PresenceChange[] = []
      for (const node of [a, b]) node.on('change', (change) => changes.push(change))
      const users = Array.from({ length: 150 }, (_, i) => `user ${i}`)
      await Promise.all(
        users.flatMap((userId) =>
          [a, b].map(async (node) => {
            const { connection } = await hold(node, userId)
            await connection.leave()
          }),
        ),
      )
      for (const userId of users) {
        const mine = changes.filter((change) => change.userId === userId).sort((x, y) => x.version - y.version)
        expect(mine.length).toBeGreaterThanOrEqual(2)
        let status = 'offline'
        for (const { from, to } of mine) {
          expect([from.status, to.status]).toEqual([status, status === 'offline' ? 'online' : 'offline'])
          status = to.status
        }
        expect(status).toBe('offline')
      }
      expect(await a.count({})).toBe(0)
    })

    it('end what a dead one held, once', async () => {
      const policy = {
        nodeLease: '6s',
        renewEvery: '1500ms',
        sweepEvery: '500ms',
        reconcileEvery: '2s',
        grace: '300ms',
      } as const
      const store = crashingStore(mongoStore(database.db, options))
      const dead = createPresence({ store, policy })
      await dead.start()
      await Promise.all(Array.from({ length: 20 }, (_, i) => hold(dead, `user ${i}`)))
      const b = await start({ policy })
      const offline: string[] = []
      b.on('change', ({ userId, to }) => to.status === 'offline' && offline.push(userId))
      store.crash()
      await vi.waitFor(() => expect(offline.length).toBe(20), SOON)
      expect(new Set(offline).size).toBe(20)
      expect(await b.count({})).toBe(0)
      await store.close()
    })

    it('report a record of a newer version of the library, and leave it as it is', async () => {
      const a = await start()
      const { connection } = await hold(a, 'ada')
      await connection.leave()
      const users = database.db.collection<{ _id: string; rev: string; record: string }>('presence_users')
      const stored = await users.findOne({ _id: 'ada' })
      const newer = JSON.stringify({ ...JSON.parse(stored?.record ?? ''), format: 99, rev: 'new:1' })
      await users.updateOne({ _id: 'ada' }, { $set: { record: newer, rev: 'new:1' } })
      const b = await start()
      await expect(hold(b, 'ada')).rejects.toMatchObject({ code: 'newer-record' })
      expect((await users.findOne({ _id: 'ada' }))?.record).toBe(newer)
      expect(errors.splice(0)).toEqual([expect.stringContaining('newer-record')])
    })
  })
}
