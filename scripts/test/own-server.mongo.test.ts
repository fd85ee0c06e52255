import { MongoClient } from 'mongodb'
import { expect, test } from 'vitest'
import { startOwn } from '../services/own-server.ts'

test.for([true, false])('keeps what it acknowledged through a crash, as a replica set: %s', async (clustered) => {
  await using server = await startOwn('mongo', { clustered })
  const inDatabase = async <T>(work: (client: MongoClient) => Promise<T>) => {
    await using client = new MongoClient(server.url)
    return await work(client)
  }
  await inDatabase((client) =>
    client
      .db('own')
      .collection('kept')
      .insertOne({ n: 1 }, { writeConcern: { w: 'majority', j: true } }),
  )
  await server.kill()
  await server.start()
  expect(await inDatabase((client) => client.db('own').collection('kept').countDocuments())).toBe(1)
  const hello = await inDatabase((client) => client.db('admin').command({ hello: 1 }))
  expect('setName' in hello).toBe(clustered)
})
