import type { NodeRenewal, Page } from './contract.ts'
import { hashRev } from './rev-hash.ts'

/** How many users each node holds connections of, and the leases of the nodes. */
export interface NodeIndex {
  /** A write was accepted: the user's nodes were `before` and are `after`, the record's revision was and is so too. */
  move(before: readonly string[], after: readonly string[], revBefore: string | null, revAfter: string | null): void
  isKilled(nodeId: string): boolean
  renew(
    nodeId: string,
    until: number,
    now: number,
    holdOff: { readonly afterMs: number; readonly forMs: number },
  ): NodeRenewal
  dead(now: number, cursor: string | null, limit: number): Page<string>
  remove(nodeId: string): boolean
}

interface Node {
  users: number
  /** Sum of the hashes of the users' revisions modulo 2^32, signed: every write changes it, and an integer is cheaper. */
  sum: number
  /** When the lease ends; 0: there never was one. */
  until: number
  killed: boolean
}

/** How long after its lease a node without users is remembered, so that a killed one cannot come back. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000

export function createNodeIndex(): NodeIndex {
  const nodes = new Map<string, Node>()
  let renewedAt = 0
  let holdOffUntil = 0

  const nodeOf = (nodeId: string): Node => {
    const known = nodes.get(nodeId)
    if (known !== undefined) return known
    const node: Node = { users: 0, sum: 0, until: 0, killed: false }
    nodes.set(nodeId, node)
    return node
  }
  const forgetOld = (now: number) => {
    for (const [nodeId, node] of nodes) {
      if (node.users === 0 && node.until + REMEMBERED_MS <= now) nodes.delete(nodeId)
    }
  }

  return {
    move(before, after, revBefore, revAfter) {
      const minus = before.length === 0 || revBefore === null ? 0 : hashRev(revBefore)
      const plus = after.length === 0 || revAfter === null ? 0 : hashRev(revAfter)
      for (const nodeId of after) {
        const node = nodeOf(nodeId)
        node.sum = (node.sum + plus) | 0
        if (!before.includes(nodeId)) node.users++
      }
      for (const nodeId of before) {
        const node = nodes.get(nodeId) as Node
        node.sum = (node.sum - minus) | 0
        if (after.includes(nodeId)) continue
        node.users--
        if (node.users === 0 && node.until === 0 && !node.killed) nodes.delete(nodeId)
      }
    },
    isKilled(nodeId) {
      return nodes.get(nodeId)?.killed === true
    },
    renew(nodeId, until, now, { afterMs, forMs }) {
      forgetOld(now)
      const node = nodeOf(nodeId)
      const isNew = !node.killed && node.until === 0
      if (!node.killed) {
        node.until = Math.max(node.until, until)
        if (renewedAt > 0 && now - renewedAt >= afterMs) holdOffUntil = Math.max(holdOffUntil, now + forMs)
        renewedAt = Math.max(renewedAt, now)
      }
      return {
        stands: !node.killed,
        isNew,
        digest: { count: node.users, sum: node.sum >>> 0 },
        holdOffUntil: holdOffUntil > now ? holdOffUntil : 0,
      }
    },
    dead(now, cursor, limit) {
      if (holdOffUntil > now) return { items: [], next: null }
      const dead: string[] = []
      for (const [nodeId, node] of nodes) {
        if (node.users === 0 || (cursor !== null && nodeId <= cursor)) continue
        if (node.killed || node.until <= now) dead.push(nodeId)
      }
      const items = dead.sort().slice(0, limit)
      for (const nodeId of items) {
        const node = nodeOf(nodeId)
        node.killed = true
        node.until = Math.max(node.until, now)
      }
      return { items, next: dead.length > limit ? (items[limit - 1] ?? null) : null }
    },
    remove(nodeId) {
      const node = nodeOf(nodeId)
      node.killed = true
      node.until = Math.max(node.until, renewedAt)
      return node.users === 0
    },
  }
}
