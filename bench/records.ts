import { memoryStore, type PolicyOptions, type PresenceStore, type Write } from '@rollcall/core'
import { withInFlight } from './nodes/bench-node.ts'
import { openRollcallNode } from './nodes/rollcall-node.ts'

const COMPANY = 'company'
const BATCH = 500
const IN_FLIGHT = 4

/** How the users of a store are to be found. */
export interface Population {
  readonly users: number
  /** Members of each organisation; all of them also stand in the space `company`. */
  readonly spaceSize: number
  /** `held`: online, by a connection that a node without a lease holds. `lost`: the grace of the connection runs. `left`: offline. */
  readonly as: 'held' | 'lost' | 'left'
  readonly policy?: PolicyOptions
  /** The number of the first user. @default 0 */
  readonly from?: number
}

export const companySpace = COMPANY

/** Fills a store with users as an engine would have left them, without the engine: many times faster. */
export async function fill(store: PresenceStore, population: Population): Promise<void> {
  const { users, from = 0, spaceSize } = population
  const template = await lastWriteOf(population)
  const batches = Array.from({ length: Math.ceil(users / BATCH) }, (_, i) => from + i * BATCH)
  await withInFlight(batches, IN_FLIGHT, async (first) => {
    const size = Math.min(BATCH, from + users - first)
    const writes = Array.from({ length: size }, (_, i) => writeOf(template, first + i, spaceSize))
    for (const { ok } of await store.save(writes)) if (!ok) throw new Error('the store was not empty')
  })
}

interface Template {
  readonly text: string
  readonly names: RegExp
  readonly nodeId: string
}

/** What an engine saves last of a user who lives as the population does. */
async function lastWriteOf({ as, policy }: Population): Promise<Template> {
  const store = memoryStore()
  let last: Write | null = null
  const node = await openRollcallNode(
    {
      ...store,
      save(writes) {
        last = writes.at(-1) ?? last
        return store.save(writes)
      },
    },
    policy === undefined ? {} : { policy },
  )
  const { presence } = node
  const connectionId = `${presence.nodeId}-1`
  const spaces = ['SPACE', COMPANY].map((space) => ({ space, state: null }))
  const viewer = presence.viewerOf({ userId: 'USER', spaces: spaces.map(({ space }) => space) }, connectionId)
  const { connection } = await presence.open({
    viewer,
    connectionId,
    spaces,
    instance: null,
    resume: null,
    invisible: null,
    listener: { onSelf() {}, onEnded() {}, probe: async () => true, describe: () => ({ viewer, spaces }) },
  })
  if (as === 'left') await connection.leave()
  if (as === 'lost') {
    const before = last
    connection.lost()
    while (last === before) await new Promise((resolve) => setImmediate(resolve))
  }
  if (last === null) throw new Error('nothing was saved')
  const { nodeId } = presence
  const text = JSON.stringify({ ...(last as Write), expected: null, topics: [], writer: 'seeder' })
  await node.close()
  return { text, nodeId, names: new RegExp(`USER|SPACE|${nodeId}(?=[:-])`, 'g') }
}

/** Everything that has to be unique is: the connection, and the revision. */
function writeOf({ text, names, nodeId }: Template, number: number, spaceSize: number): Write {
  return JSON.parse(
    text.replace(names, (name) => {
      if (name === 'USER') return `user-${number}`
      return name === 'SPACE' ? `org:${Math.floor(number / spaceSize)}` : `${nodeId}-${number}`
    }),
  )
}
