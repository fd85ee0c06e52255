export const STORES = ['memory', 'redis', 'mongo', 'postgres'] as const
export type StoreName = (typeof STORES)[number]

/** `killed`: by an admin, without a word. `ended`: by itself. */
export type NodeState = 'starting' | 'up' | 'killed' | 'ended'

/** One node, as admins see it. */
export interface NodeReport {
  /** Stays with the place; presence gives each start an id of its own. */
  readonly name: string
  readonly state: NodeState
  /** When the state began, in ms of the server's clock. */
  readonly since: number
  readonly port: number | null
  /** What presence calls it, of the latest start; `null` before the first. */
  readonly nodeId: string | null
  /** Connections that it holds; `null` when it does not answer. */
  readonly held: number | null
  /** Whom it holds, by the store; of a dead one: who has not come back yet. `null` when the store could not be asked. */
  readonly userIds: readonly string[] | null
}

export interface NodesReport {
  /** The database, in words. */
  readonly store: string
  /** When this was so, by the clock of `since`. */
  readonly at: number
  readonly nodes: readonly NodeReport[]
}

/** What a node says of itself. */
export type OwnReport = Pick<NodeReport, 'nodeId' | 'held' | 'userIds'>

/** What a node tells its front once it listens. */
export interface NodeReady {
  readonly ready: { readonly port: number; readonly nodeId: string }
}
