import type { Scene } from '../scene.ts'
import type { Asked } from '../witness.ts'
import type { Invariant } from './invariant.ts'

/** Two nodes may disagree by so much about the time of two operations. */
const SKEW_MS = 2000
/** After the store's clock was set, until every node's best sample is a new one. */
const CLOCK_SET_SKEW_MS = 120_000

/**
 * At the end, claims and message of each user are what was asked for last: some operation that no acknowledged one
 * surely followed. An operation that was never answered may have happened or not; one that ends by itself, or with its
 * connection, may have ended.
 *
 * Excused: operations closer together than two nodes' clocks agree; what the store lost or took back after it was
 * acknowledged; and an invisible claim, which each page of the user repeats with its hello for as long as it knows of it.
 */
export const acknowledged: Invariant = {
  name: 'acknowledged means stored',
  begin: (scene) => ({
    end() {
      const { asked } = scene.witness
      const clockWasSet = scene.script.actions.some((action) => action.do === 'set-store-clock')
      const skewMs = clockWasSet ? CLOCK_SET_SKEW_MS : SKEW_MS
      const things = new Set(asked.map(({ userId, thing }) => `${userId}\n${thing}`))
      for (const key of things) {
        const [userId = '', thing = ''] = key.split('\n')
        const mine = asked.filter((each) => each.userId === userId && each.thing === thing)
        const possible = mine.filter((each) => !mine.some((later) => later.acked && follows(later, each, skewMs)))
        const values = new Set(possible.map(({ value }) => value))
        if (!mine.some(({ acked }) => acked) || possible.some(({ passing }) => passing)) values.add(null)
        if (mine.some(({ value }) => value === 'invisible')) values.add('invisible')
        const found = standingOf(scene, userId, thing)
        if (!values.has(found))
          return `${userId}: ${thing} is ${found ?? 'nothing'}, asked for was ${[...values].map((value) => value ?? 'nothing').join(' or ')}`
      }
      return null
    },
  }),
}

function follows(later: Asked, earlier: Asked, skewMs: number): boolean {
  return later !== earlier && later.at - earlier.settledAt > skewMs
}

function standingOf({ shared }: Scene, userId: string, thing: string): string | null {
  const record = shared.standing.get(userId)?.record
  if (thing === 'message') return record?.message?.text || null
  const source = thing.slice('claim '.length)
  return record?.claims.find((claim) => claim.source === source)?.status ?? null
}
