import { MongoClient } from 'mongodb'
import { MONGO_DATABASE } from '../nodes/open-store.ts'
import { GONE_AFTER_MS, type NaiveUsers, PAGE } from './naive-users.ts'

interface User {
  readonly _id: string
  readonly company: string
  readonly org: string
  readonly name: string
  readonly isOnline: boolean
  readonly lastActive: Date
}

/** Presence in the application's user documents: one `updateOne` per event and per heartbeat, and a scan for who is gone. */
export async function openNaiveMongo(url: string): Promise<NaiveUsers> {
  const client = await MongoClient.connect(url)
  const db = client.db(MONGO_DATABASE)
  await db.dropDatabase()
  const users = db.collection<User>('users')
  await users.createIndexes([{ key: { org: 1, isOnline: 1, _id: 1 } }, { key: { company: 1, isOnline: 1, _id: 1 } }])
  const set = async (userId: string, isOnline: boolean) => {
    await users.updateOne({ _id: userId }, { $set: { isOnline, lastActive: new Date() } })
  }
  return {
    told: [],
    async fill(count, { spaceSize, isOnline, due = 0 }) {
      const now = Date.now()
      for (let from = 0; from < count; from += 1000) {
        const batch = Array.from({ length: Math.min(1000, count - from) }, (_, j): User => {
          const i = from + j
          const lastActive = new Date(i < due ? now - 3_600_000 : now)
          const org = `org:${Math.floor(i / spaceSize)}`
          return { _id: `user-${i}`, company: 'company', org, name: `User number ${i}`, isOnline, lastActive }
        })
        await users.insertMany(batch, { ordered: false })
      }
    },
    connect: (userId) => set(userId, true),
    disconnect: (userId) => set(userId, false),
    async activity(userId) {
      await users.updateOne({ _id: userId }, { $set: { lastActive: new Date() } })
    },
    online: (userIds) => users.countDocuments({ _id: { $in: [...userIds] }, isOnline: true }),
    async watch() {},
    async sweep() {
      const gone = { isOnline: true, lastActive: { $lt: new Date(Date.now() - GONE_AFTER_MS) } }
      // Who it is has to be known to be told to others.
      const found = await users.find(gone, { projection: { _id: 1 } }).toArray()
      await users.updateMany(gone, { $set: { isOnline: false } })
      return found.length
    },
    async list(column, name, after) {
      const found = await users
        .find({ [column]: name, isOnline: true, _id: { $gt: after } }, { sort: { _id: 1 }, limit: PAGE })
        .toArray()
      return found.map(({ _id }) => _id)
    },
    close: () => client.close(),
  }
}
