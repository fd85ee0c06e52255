import { storeContract } from '@rollcall/contract'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { redisStore } from '../src/index.ts'
import { type Binding, newPrefix, type OpenedClient, removeKeys } from './bindings.ts'

/** The whole contract of stores by each of these bindings, on the servers at `urls`. */
export function contractOn(bindings: Readonly<Record<string, Binding>>, urls: string): void {
  for (const [name, open] of Object.entries(bindings)) {
    describe(name, () => {
      const prefix = newPrefix()
      let opened: OpenedClient
      beforeAll(async () => {
        opened = await open(urls)
      })
      afterAll(async () => {
        await opened[Symbol.asyncDispose]()
        await removeKeys(prefix, urls)
      })
      const storeOf = (namespace: string) => redisStore(opened.client, { prefix: prefix + namespace })
      storeContract({ describe, it, createStore: storeOf, createPeer: storeOf })
    })
  }
}
