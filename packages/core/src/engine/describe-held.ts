import {
  type Connection,
  connectionFrom,
  type Policy,
  type SpaceEntry,
  type SpaceView,
  sameJson,
  type UserRecord,
} from '../machine/index.ts'
import type { HeldHandle } from './held-connection.ts'
import type { Lease } from './lease.ts'
import type { Ledger } from './ledger.ts'
import type { Openings } from './openings.ts'
import type { StoreTime } from './store-time.ts'

interface Node {
  readonly time: StoreTime
  readonly policy: Policy
  readonly lease: Lease
  readonly ledger: Ledger
  readonly openings: Openings
}

/** What this node knows of a connection it holds: as it last stood, else what its transport holds of it. */
export function describeHeld(handle: HeldHandle, known: UserRecord | null, node: Node): Connection {
  const { ledger, policy, openings } = node
  const { nodeId } = node.lease
  const input = ledger.users.inputs[handle.slot] as number
  const { viewer, spaces } = handle.listener.describe()
  for (const record of [handle.entry.stored, known]) {
    const last = record?.connections.find(({ id }) => id === handle.connectionId)
    if (last === undefined) continue
    const inputAt = Math.max(last.inputAt, input)
    const standing = spaces === null ? last.spaces : standingNow(last.spaces, spaces, node.time.now())
    return { ...last, nodeId, inputAt, lost: null, spaces: standing }
  }
  const openedAt = ledger.users.openedAt(handle.slot)
  const opening = openings.openingOf(viewer, handle.connectionId, spaces ?? [])
  const fresh = connectionFrom(opening, openedAt, policy, { nodeId, lease: null, resume: null })
  const inputAt = Math.max(openedAt, input)
  const isAsleep = handle.state === 'quiet'
  return isAsleep ? { ...fresh, inputAt, phase: 'idle', idledAt: inputAt } : { ...fresh, inputAt }
}

/** Where a connection stands now; what it said since the record was known, it said by now at the latest. */
function standingNow(known: readonly SpaceEntry[], now: readonly SpaceView[], at: number): readonly SpaceEntry[] {
  const standing = new Map(now.map(({ space, state }) => [space, { space, state, at }]))
  const kept = known.filter(({ space }) => standing.has(space))
  const entries = kept.map((entry) => {
    const { space } = entry
    const mine = standing.get(space) as SpaceEntry
    standing.delete(space)
    return sameJson(entry.state, mine.state) ? entry : mine
  })
  return [...entries, ...standing.values()]
}
