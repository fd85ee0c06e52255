import { HEALING_MS } from '../script.ts'
import type { Invariant } from './invariant.ts'

/** What nodes do though nothing happens: renew, sweep, compare rosters. */
const IDLE_CALLS = ['now', 'renewNode', 'due', 'deadNodes', 'list', 'load', 'count']

/**
 * In a quiet hour after everything became right and every connection dormant, nothing is written and nothing but
 * renewals, sweeps and reconciliations is asked of the store. Only in runs that have one. Excused: the policy that forgets
 * absent users within an hour does so.
 */
export const quiet: Invariant = {
  name: 'quiet',
  begin({ script, shared, world }) {
    const quietFrom = script.healsAt + HEALING_MS
    let before: ReadonlyMap<string, number> | null = null
    return {
      accepted: ({ write: { userId, change }, after }) =>
        world.now > quietFrom && after !== null ? `${userId} is written in a quiet hour: ${JSON.stringify(change.note)}` : null,
      look() {
        if (world.now <= quietFrom) return null
        before ??= new Map(shared.calls)
        for (const [name, count] of shared.calls) {
          if (!IDLE_CALLS.includes(name) && script.policy !== 'forgetful' && count > (before.get(name) ?? 0)) return `${name} is called in a quiet hour`
        }
        return null
      },
    }
  },
}
