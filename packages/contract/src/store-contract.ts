import type { PresenceStore } from '@rollcall/core'
import { createListen, type Listen } from './listening.ts'
import { allChangesRules } from './rules/all-changes.ts'
import { capabilityRules } from './rules/capabilities.ts'
import { compareAndSetRules } from './rules/compare-and-set.ts'
import { countRules } from './rules/counts.ts'
import { deadNodeRules } from './rules/dead-nodes.ts'
import { digestRules } from './rules/digest.ts'
import { dueRules } from './rules/due.ts'
import { feedRules } from './rules/feed.ts'
import { fencingRules } from './rules/fencing.ts'
import { holdOffRules } from './rules/hold-off.ts'
import { leaseRules } from './rules/leases.ts'
import { listRules } from './rules/lists.ts'
import { nameRules } from './rules/names.ts'
import { newNodeRules } from './rules/new-nodes.ts'
import { pagingRules } from './rules/paging-under-change.ts'
import { peerRules } from './rules/peers.ts'
import { recordRules } from './rules/records.ts'
import { removalRules } from './rules/removal.ts'
import { signalRules } from './rules/signals.ts'
import { subscriptionRules } from './rules/subscriptions.ts'
import { timeRules } from './rules/time.ts'
import type { Bench, Suite } from './suite.ts'

/** What the suite needs to run: a test runner's two words, and a store to test. */
export interface StoreContractOptions {
  /** Opens a group; runs `body` at once. */
  readonly describe: (name: string, body: () => void) => void
  /** Defines a case, which fails when `body` rejects. */
  readonly it: (name: string, body: () => Promise<void>) => void
  /**
   * A store with nothing in it, made for one case and closed after it. `namespace` is another one for each case and the
   * same ones in each run: a store that outlives the process puts something of its own before it.
   */
  readonly createStore: (namespace: string) => PresenceStore | Promise<PresenceStore>
  /**
   * A second handle on what the store of this namespace holds, as another process would have it. Required of a store
   * whose capabilities say `shared`.
   */
  readonly createPeer?: (namespace: string) => PresenceStore | Promise<PresenceStore>
  /** How long the feed may take to deliver, in ms, besides its period if it polls. @default 5_000 */
  readonly patienceMs?: number
}

const GROUPS: Readonly<Record<string, (suite: Suite) => void>> = {
  capabilities: capabilityRules,
  records: recordRules,
  'compare-and-set': compareAndSetRules,
  due: dueRules,
  lists: listRules,
  counts: countRules,
  'paging under change': pagingRules,
  time: timeRules,
  leases: leaseRules,
  'new nodes': newNodeRules,
  'dead nodes': deadNodeRules,
  'removed nodes': removalRules,
  'hold-off': holdOffRules,
  fencing: fencingRules,
  digest: digestRules,
  feed: feedRules,
  subscriptions: subscriptionRules,
  'all changes': allChangesRules,
  signals: signalRules,
  names: nameRules,
  peers: peerRules,
}

/**
 * Defines one case for every promise of the store contract, each named after it. Cases share nothing, use no clock but
 * the feed's patience, and may run in any order and at once. A store that passes them all can carry a cluster.
 */
export function storeContract(options: StoreContractOptions): void {
  const { createStore, createPeer, patienceMs = 5_000 } = options
  const listen = createListen(patienceMs)
  for (const [group, define] of Object.entries(GROUPS)) {
    if (define === peerRules && createPeer === undefined) continue
    options.describe(group, () => {
      let cases = 0
      define({
        hasPeers: createPeer !== undefined,
        rule(name, body) {
          const namespace = `${group.replaceAll(' ', '-')}-${++cases}`
          options.it(name, () => runCase({ namespace, createStore, createPeer, listen }, body))
        },
      })
    })
  }
}

interface Case extends Pick<StoreContractOptions, 'createStore'> {
  readonly namespace: string
  readonly createPeer: StoreContractOptions['createPeer']
  readonly listen: Listen
}

async function runCase(of: Case, body: (bench: Bench) => Promise<void>): Promise<void> {
  const opened: PresenceStore[] = [await of.createStore(of.namespace)]
  const ears: { close(): Promise<void> }[] = []
  try {
    await body({
      store: opened[0] as PresenceStore,
      async listen(...args) {
        const ear = await of.listen(...args)
        ears.push(ear.subscription)
        return ear
      },
      async peer() {
        if (of.createPeer === undefined) throw new Error('give `createPeer` to test two handles on one store')
        const peer = await of.createPeer(of.namespace)
        opened.push(peer)
        return peer
      },
    })
  } finally {
    for (const ear of ears) await ear.close()
    for (const store of opened) await store.close()
  }
}
