import type { CallName } from '../store/faults.ts'
import type { StoreClient } from '../store/store-client.ts'
import type { Invariant } from './invariant.ts'

/** Between two looks. */
const WINDOW_MS = 5000
/**
 * What a node does in rounds, whatever happens, and how often at most within a window: a feed that is behind, or lost
 * again and again, must not make it ask for everything over and over. Lists are asked for page by page.
 */
const MOST: readonly (readonly [CallName, number])[] = [
  ['renewNode', 25],
  // A start that fails is tried again twice a second.
  ['subscribe', 15],
  ['deadNodes', 60],
  ['list', 400],
]

/** No node goes round in circles at the expense of the store. Nothing is excused. */
export const storms: Invariant = {
  name: 'storms',
  begin({ nodes, world }) {
    const before = new Map<StoreClient, { readonly at: number; readonly calls: ReadonlyMap<CallName, number> }>()
    return {
      look() {
        for (const { process, storeClient } of nodes.values()) {
          const last = before.get(storeClient)
          before.set(storeClient, { at: world.now, calls: new Map(storeClient.calls) })
          if (last === undefined || world.now - last.at > WINDOW_MS) continue
          for (const [name, most] of MOST) {
            const made = (storeClient.calls.get(name) ?? 0) - (last.calls.get(name) ?? 0)
            if (made > most) return `node ${process.name} calls ${name} ${made} times within ${WINDOW_MS / 1000} s`
          }
        }
        return null
      },
    }
  },
}
