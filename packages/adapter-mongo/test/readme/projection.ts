import { createIndexes, createProjectionIndex, mongoStore, projection } from '@rollcall/adapter-mongo'
import { createPresence } from '@rollcall/core'
import { MongoClient, ObjectId } from 'mongodb'

const client = new MongoClient(process.env.MONGO_URL ?? 'mongodb://localhost/app?replicaSet=rs0')
const db = client.db()
await createIndexes(db)
await createProjectionIndex({ db, collection: 'users' })

const store = mongoStore(db)
const presence = createPresence({ store })
await presence.start()

const users = projection({
  presence,
  store,
  db,
  collection: 'users',
  toId: (userId) => new ObjectId(userId),
  fromId: String,
  fields: { lastSeenAt: false },
})

const { insertedId } = await db.collection('users').insertOne({ name: 'Ada' })
await presence.touch({ userId: insertedId.toHexString() })
await users.flush() // or a second later, by itself

export const online = await db.collection('users').find({ isOnline: true }).toArray()

await users.close()
await presence.stop()
await client.close()
