import { createIndexes, mongoStore } from '@rollcall/adapter-mongo'
import { createPresence } from '@rollcall/core'
import { MongoClient } from 'mongodb'

const client = new MongoClient(process.env.MONGO_URL ?? 'mongodb://localhost/app?replicaSet=rs0')
const db = client.db()

// Once, when the application is deployed; does nothing where they are there.
await createIndexes(db)

const presence = createPresence({ store: mongoStore(db) })
await presence.start()

await presence.touch({ userId: 'ada', spaces: ['org:1'] })
export const { users } = await presence.list({ space: 'org:1' })

await presence.stop()
await client.close()
