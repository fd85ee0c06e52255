import { storeContract } from '@rollcall/contract'
import { memoryStore, type PresenceStore, withFeed } from '@rollcall/core'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { redisFeed } from '../src/index.ts'
import { type Binding, IOREDIS, IOREDIS_CLUSTER, NODE_REDIS, newPrefix, type OpenedClient, urlOf } from './bindings.ts'

/** The records of one store, each handle with a feed of its own, as processes have them. */
function contractOf(name: string, open: Binding, urls: string): void {
  describe(name, () => {
    const prefix = newPrefix()
    const records = new Map<string, PresenceStore>()
    let opened: OpenedClient
    beforeAll(async () => {
      opened = await open(urls)
    })
    afterAll(async () => {
      await opened[Symbol.asyncDispose]()
    })
    const handle = (namespace: string) =>
      withFeed(records.get(namespace) as PresenceStore, redisFeed(opened.client, { prefix: prefix + namespace }))
    storeContract({
      describe,
      it,
      createStore(namespace) {
        records.set(namespace, memoryStore())
        return handle(namespace)
      },
      createPeer: handle,
    })
  })
}

contractOf('one server, ioredis', IOREDIS['ioredis 6, RESP3'] as Binding, urlOf('REDIS_URL'))
contractOf('one server, node-redis', NODE_REDIS['node-redis 6, RESP3'] as Binding, urlOf('REDIS_URL'))
contractOf('a Cluster', IOREDIS_CLUSTER['ioredis 6'] as Binding, urlOf('REDIS_CLUSTER_URL'))
