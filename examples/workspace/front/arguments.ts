import { parseArgs } from 'node:util'
import { STORES, type StoreName } from '../shared/nodes.ts'

export interface Wanted {
  readonly store: StoreName
  readonly nodes: number
}

/** As many as one machine runs and one panel shows. */
const MOST = 9

/** @throws an error whose message says what to write instead. */
export function parseArguments(args: readonly string[]): Wanted {
  const { values } = parseArgs({
    args: [...args],
    options: { store: { type: 'string', default: 'memory' }, nodes: { type: 'string' } },
  })
  const store = STORES.find((known) => known === values.store)
  if (store === undefined) throw new Error(`--store is ${values.store}; give one of ${STORES.join(', ')}`)
  const nodes = values.nodes === undefined ? (store === 'memory' ? 1 : 3) : Number(values.nodes)
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > MOST)
    throw new Error(`--nodes is ${values.nodes}; give a number from 1 to ${MOST}`)
  if (store === 'memory' && nodes > 1)
    throw new Error(
      `--nodes ${nodes} needs a store that the nodes share; memory lies in one process. Add --store redis, mongo or postgres`,
    )
  return { store, nodes }
}
