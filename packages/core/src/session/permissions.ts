import type { Access, Presence } from '../engine/presence.ts'
import { isPresenceError, PresenceError } from '../errors.ts'

/**
 * Asks an access hook. A hook that throws refuses, and is reported; but for one that throws an error that may be tried
 * again, such as `unavailable`: then it cannot be told now, and this rejects with it. `isAdmin` is never unknown.
 */
export async function permits(
  presence: Presence,
  hook: keyof Access,
  ask: (access: Access) => boolean | Promise<boolean>,
): Promise<boolean> {
  try {
    return (await ask(presence.access)) === true
  } catch (error) {
    if (hook !== 'isAdmin' && isPresenceError(error) && error.retryable) throw error
    presence.report(new PresenceError('listener-error', `access.${hook} threw`, { hook }, error))
    return false
  }
}

/** What became of the items of a question, each list in order. */
export interface Sifted<T> {
  readonly allowed: readonly T[]
  readonly denied: readonly T[]
  /** It cannot be told now. */
  readonly unknown: readonly T[]
}

/** The items that `isAllowed` takes, those it does not, and those of which it rejects; asked all at once. */
export async function sift<T>(items: readonly T[], isAllowed: (item: T) => Promise<boolean>): Promise<Sifted<T>> {
  const verdicts = await Promise.all(items.map((item) => isAllowed(item).catch(() => null)))
  const those = (verdict: boolean | null) => items.filter((_, i) => verdicts[i] === verdict)
  return { allowed: those(true), denied: those(false), unknown: those(null) }
}
