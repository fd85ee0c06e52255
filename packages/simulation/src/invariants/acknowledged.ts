import type { Scene } from '../scene.ts'
import { type Asked, LAST_SEEN_TO } from '../witness.ts'
import type { Invariant } from './invariant.ts'

/** A node's store time and the store's own differ by up to this, and a lopsided sample's error comes on top. */
const SKEW_MS = 1000
/** A request, or its copy, takes up to so long. */
const REQUEST_MS = 12_000
/** Store time is cut to whole milliseconds. */
const ROUNDING_MS = 1

/**
 * When a claim, a message or who may see when a user was last seen is acknowledged, the store has it, or a later word on the same thing. And at the end each
 * stands as the operation with the latest time says: some operation that no acknowledged one surely followed. One that
 * was never answered may have happened or not; one that ends by itself, or with its connection, may have ended. What a node refused only
 * because its store was away counts like one that was acknowledged, if the node lives.
 *
 * Excused: what a page asked for by so much as its node stood still or its requests were late, or as its clock may have been wrong after the
 * store's was set; what the store lost or took back unless a working node knew it that holds the user until it was audited; whom the policy forgets
 * within an hour; and an invisible claim, which each page of the user repeats with its hello
 * for as long as it knows of it.
 */
export const acknowledged: Invariant = {
  name: 'acknowledged means stored',
  begin(scene, complain) {
    const { shared, witness, world } = scene
    const skewMs = skewOf(scene)
    witness.onAcknowledged(({ userId, thing, notBefore, value }) => {
      const since = shared.damaged.get(userId) ?? Number.NEGATIVE_INFINITY
      if (world.now - since < 60_000) return
      const { at } = standingOf(scene, userId, thing)
      if (at < notBefore - skewMs)
        complain(`${userId}: ${thing} = ${value ?? 'nothing'} is acknowledged and not stored`)
    })
    return {
      end() {
        const { asked } = witness
        for (const key of new Set(asked.map(({ userId, thing }) => `${userId}\n${thing}`))) {
          const [userId = '', thing = ''] = key.split('\n')
          const mine = asked.filter((each) => each.userId === userId && each.thing === thing)
          // A queue without room keeps nothing.
          const counts = ({ acked, keptBy }: Asked) =>
            acked || (keptBy !== null && !keptBy.dead && scene.script.outageQueue === undefined)
          const values = possibleValues(mine, skewMs, counts)
          if (scene.script.policy === 'forgetful' && !shared.standing.has(userId)) values.add(null)
          const { value } = standingOf(scene, userId, thing)
          if (value === null && wasOutOfReach(scene, userId)) continue
          if (!values.has(value))
            return `${userId}: ${thing} is ${value ?? 'nothing'}, asked for was ${[...values].map((each) => each ?? 'nothing').join(' or ')}`
        }
        return null
      },
    }
  },
}

function skewOf({ script: { actions } }: Scene): number {
  let skew = SKEW_MS
  for (const action of actions) {
    if (action.do === 'set-store-clock') skew += Math.abs(action.ms)
    // What a page sent to a node that stands still is stamped when that goes on.
    if (action.do === 'stall') skew += action.ms
    if (action.do === 'requests') skew += REQUEST_MS
  }
  return skew
}

function possibleValues(asked: readonly Asked[], skewMs: number, counts: (each: Asked) => boolean): Set<string | null> {
  const possible = asked.filter((each) => !asked.some((later) => counts(later) && follows(later, each, skewMs)))
  const values = new Set(possible.map(({ value }) => value))
  if (!asked.some(counts) || possible.some(({ passing }) => passing)) values.add(null)
  if (asked.some(({ value }) => value === 'invisible')) values.add('invisible')
  return values
}

function follows(later: Asked, earlier: Asked, skewMs: number): boolean {
  // What an application asked for at two nodes has the very stamps that decide, but for rounding.
  const areExact = isExact(later) && isExact(earlier)
  return later !== earlier && later.notBefore - earlier.notAfter > (areExact ? ROUNDING_MS : skewMs)
}

function isExact({ notBefore, notAfter }: Asked): boolean {
  return notAfter - notBefore <= ROUNDING_MS
}

function standingOf({ shared }: Scene, userId: string, thing: string): { value: string | null; at: number } {
  const record = shared.standing.get(userId)?.record
  if (thing === 'message') return { value: record?.message?.text || null, at: record?.message?.at ?? 0 }
  if (thing === LAST_SEEN_TO) {
    const at = record?.lastSeenToAt ?? 0
    return { value: at > 0 ? (record?.lastSeenTo ?? null) : null, at }
  }
  const source = thing.slice('claim '.length)
  const claim = record?.claims.find((each) => each.source === source)
  return { value: claim?.status ?? null, at: claim?.at ?? 0 }
}

/** The store lost the user while a node that could have remembered stood still: others made the user anew meanwhile. */
function wasOutOfReach({ nodes, shared }: Scene, userId: string): boolean {
  const damagedAt = shared.damaged.get(userId) ?? Number.POSITIVE_INFINITY
  return [...nodes.values()].some(({ process }) => process.stalledUntil > damagedAt)
}
