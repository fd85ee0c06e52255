import { memoryStore, type PresenceStore } from '@rollcall/core'
import { describe, expect, it } from 'vitest'
import type { StoreContractOptions } from '../src/index.ts'
import { brokenAllChanges } from './broken/all-changes.ts'
import type { BrokenStore } from './broken/broken-store.ts'
import { brokenCapabilities } from './broken/capabilities.ts'
import { brokenCounts } from './broken/counts.ts'
import { brokenDeadNodes } from './broken/dead-nodes.ts'
import { brokenDigests } from './broken/digests.ts'
import { brokenDue } from './broken/due.ts'
import { brokenFeeds } from './broken/feeds.ts'
import { brokenFences, unfenced } from './broken/fences.ts'
import { brokenHoldOffs } from './broken/hold-offs.ts'
import { brokenLeases } from './broken/leases.ts'
import { brokenLists } from './broken/lists.ts'
import { brokenNames } from './broken/names.ts'
import { brokenNewNodes } from './broken/new-nodes.ts'
import { brokenPages } from './broken/pages.ts'
import { brokenPeers } from './broken/peers.ts'
import { brokenRecords } from './broken/records.ts'
import { brokenRemovals } from './broken/removals.ts'
import { brokenResults } from './broken/results.ts'
import { brokenSaves } from './broken/saves.ts'
import { brokenSignals } from './broken/signals.ts'
import { brokenSubscriptions } from './broken/subscriptions.ts'
import { brokenTimes } from './broken/times.ts'
import { casesOf, failuresOf } from './run-suite.ts'
import { slowStore } from './slow-store.ts'

/** What a memory store delivers it delivers at once; a broken one is not worth more. */
const patienceMs = 5

const groups: Readonly<Record<string, readonly BrokenStore[]>> = {
  capabilities: brokenCapabilities,
  records: brokenRecords,
  saves: brokenSaves,
  results: brokenResults,
  due: brokenDue,
  lists: brokenLists,
  pages: brokenPages,
  counts: brokenCounts,
  times: brokenTimes,
  leases: brokenLeases,
  'new nodes': brokenNewNodes,
  'dead nodes': brokenDeadNodes,
  removals: brokenRemovals,
  'hold-offs': brokenHoldOffs,
  fences: brokenFences,
  digests: brokenDigests,
  feeds: brokenFeeds,
  subscriptions: brokenSubscriptions,
  'all changes': brokenAllChanges,
  signals: brokenSignals,
  names: brokenNames,
}

const noticed = new Set<string>()

/** Runs the group of cases that `breaks` is in; which of them fail. */
async function failedBeside(breaks: string, options: Omit<StoreContractOptions, 'describe' | 'it'>): Promise<string[]> {
  const group = `${breaks.split(': ')[0]}: `
  const cases = [...casesOf({ ...options, patienceMs })].filter(([name]) => name.startsWith(group))
  const failed = [...(await failuresOf(new Map(cases))).keys()]
  for (const name of failed) noticed.add(name)
  return failed
}

for (const [group, stores] of Object.entries(groups)) {
  describe(group, () => {
    for (const { name, create, breaks } of stores) {
      it(`a store that ${name} fails «${breaks}»`, async () => {
        expect(await failedBeside(breaks, { createStore: create })).toContain(breaks)
      })
    }
  })
}

describe('peers', () => {
  for (const { name, create, breaks } of brokenPeers) {
    it(`a second handle that ${name} fails «${breaks}»`, async () => {
      const stores = new Map<string, PresenceStore>()
      const createStore = (namespace: string) => {
        stores.set(namespace, memoryStore())
        return stores.get(namespace) as PresenceStore
      }
      const createPeer = (namespace: string) => create(stores.get(namespace) as PresenceStore)
      expect(await failedBeside(breaks, { createStore, createPeer })).toContain(breaks)
    })
  }
})

describe('the suite', () => {
  it('finds nothing wrong with a healthy store, all cases at once', async () => {
    const failures = await failuresOf(casesOf({ createStore: () => memoryStore(), patienceMs }))
    expect([...failures]).toEqual([])
  })

  it('finds nothing wrong with a store that does not fence and says so', async () => {
    const createStore = () => {
      const store = memoryStore()
      return { ...store, ...unfenced(store), capabilities: { ...store.capabilities, fencedSaves: false } }
    }
    expect([...(await failuresOf(casesOf({ createStore, patienceMs })))]).toEqual([])
  })

  it('finds nothing wrong with a store that is far away', async () => {
    expect([...(await failuresOf(casesOf({ createStore: () => slowStore(memoryStore()) })))]).toEqual([])
  })

  it('has no case that no broken store fails', () => {
    const all = [...casesOf({ createStore: () => memoryStore(), createPeer: () => memoryStore() }).keys()]
    expect(all.filter((name) => !noticed.has(name))).toEqual([])
  })
})
