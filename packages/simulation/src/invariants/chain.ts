import type { Invariant } from './invariant.ts'

/**
 * Each accepted write follows on the one before: its `expected` is the standing `rev`, its own `rev` was never there
 * before, its version is the next one; a record created anew has an epoch that was not there before.
 *
 * Complains at once, whatever the faults. Excused: a `rev` that the store took back or lost may come again, from a call
 * that was executed twice; and of a user whose record was lost nobody need know the last epoch.
 */
export const chain: Invariant = {
  name: 'chain',
  begin({ shared, script }) {
    const forgotten = new Set(script.actions.flatMap((action) => (action.do === 'forget' ? [action.user] : [])))
    const seen = new Set<string>()
    const epochs = new Map<string, number>()
    return {
      accepted({ write: { userId, expected }, before, after }) {
        if ((before?.rev ?? null) !== expected)
          return `${userId}: a write that expected ${expected} replaced ${before?.rev ?? 'nothing'}`
        if (after === null) return null
        const wasDamaged = shared.damaged.has(userId)
        if (seen.has(after.rev) && !wasDamaged) return `${userId}: revision ${after.rev} was written twice`
        seen.add(after.rev)
        if (before !== null) {
          // What was restored, or forgotten and made anew in one step, begins an epoch of its own.
          const mayBegin = wasDamaged || before.connections.length === 0
          if (mayBegin && after.epoch > before.epoch && after.version === 1) return null
          // What followed a forget may be saved together with it.
          if (after.epoch > before.epoch && forgotten.has(userId)) return null
          if (after.epoch !== before.epoch) return `${userId}: epoch ${before.epoch} became ${after.epoch}`
          if (after.version !== before.version + 1)
            return `${userId}: version ${before.version} was followed by ${after.version}`
          return null
        }
        const known = epochs.get(userId)
        epochs.set(userId, after.epoch)
        if (known !== undefined && after.epoch <= known && !wasDamaged)
          return `${userId}: created anew with epoch ${after.epoch}, after ${known}`
        return null
      },
    }
  },
}
