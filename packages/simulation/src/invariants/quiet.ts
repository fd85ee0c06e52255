import type { UserRecord } from '@rollcall/core'
import { HEALING_MS, type PolicyName } from '../script.ts'
import type { Invariant } from './invariant.ts'

/** The last connections that came back while everything healed have turned dormant. */
const DORMANT_MS = 120_000

/** Policies by which absent users are forgotten while it is quiet. */
const FORGETTING: readonly PolicyName[] = ['forgetful', 'slow']

/** Erased, or others forgot a user who hides. */
function isForgotten(after: UserRecord | null): boolean {
  return after === null || after.shown?.statusSince === 0
}

/** What nodes do though nothing happens: renew, sweep, compare rosters. */
const IDLE_CALLS = ['now', 'renewNode', 'due', 'deadNodes', 'list', 'load', 'count']

/**
 * In a quiet hour after everything became right and every connection dormant, nothing is written and nothing but
 * renewals, sweeps and reconciliations is asked of the store. Only in runs that have one. Excused: the policy that forgets
 * absent and hiding users within an hour does so.
 */
export const quiet: Invariant = {
  name: 'quiet',
  begin({ script, shared, world }) {
    const quietFrom = script.healsAt + HEALING_MS + DORMANT_MS
    const isQuiet = () => script.endsAt > quietFrom && world.now > quietFrom && world.now <= script.endsAt
    let before: ReadonlyMap<string, number> | null = null
    return {
      accepted: ({ write: { userId, change }, after }) =>
        isQuiet() && !isForgotten(after)
          ? `${userId} is written in a quiet hour: ${JSON.stringify(change.note)}`
          : null,
      look() {
        if (!isQuiet()) return null
        before ??= new Map(shared.calls)
        for (const [name, count] of shared.calls) {
          if (!IDLE_CALLS.includes(name) && !FORGETTING.includes(script.policy) && count > (before.get(name) ?? 0))
            return `${name} is called in a quiet hour`
        }
        return null
      },
    }
  },
}
