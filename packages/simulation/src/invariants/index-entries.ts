import { type UserRecord, viewOf, wakeAt } from '@rollcall/core'
import { nodeOf, sameJson } from './audiences.ts'
import type { Invariant } from './invariant.ts'

/**
 * The index entries of each write are what its record implies: when it wakes, by the writer's policy; which nodes hold
 * a connection that is not lost; status and spaces for others and for admins. Complains at once; nothing is excused.
 */
export const indexEntries: Invariant = {
  name: 'index',
  begin: (scene) => ({
    accepted({ write: { userId, record, index, writer } }) {
      if (record === null || index === null)
        return record === null && index === null ? null : `${userId}: record and index entries do not go together`
      const policy = nodeOf(scene, writer)?.presence.policy
      const due = policy === undefined ? index.wakeAt : wakeAt(record, policy, null)
      if (index.wakeAt !== due) return `${userId}: indexed to wake at ${index.wakeAt}, the record says ${due}`
      if (!sameSet(index.nodes, holdersOf(record)))
        return `${userId}: indexed under nodes ${index.nodes}, held by ${holdersOf(record)}`
      for (const as of ['others', 'admin'] as const) {
        const view = viewOf(record, userId, as)
        const standing = as === 'others' ? index.shown : index.real
        const names = view.spaces.map(({ space }) => space)
        if (standing.status !== view.status || !sameSet(standing.spaces, names))
          return `${userId}: indexed for ${as} as ${standing.status} in [${standing.spaces}], seen as ${view.status} in [${names}]`
      }
      return null
    },
  }),
}

function holdersOf({ connections }: UserRecord): readonly string[] {
  const nodes = new Set<string>()
  for (const { nodeId, lost } of connections) if (nodeId !== null && lost === null) nodes.add(nodeId)
  return [...nodes]
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && sameJson(a.toSorted(), b.toSorted())
}
