import type { Access, Presence } from '../engine/presence.ts'
import { PresenceError } from '../errors.ts'

/** Asks an access hook. A hook that throws refuses, and is reported. */
export async function permits(
  presence: Presence,
  hook: keyof Access,
  ask: (access: Access) => boolean | Promise<boolean>,
): Promise<boolean> {
  try {
    return (await ask(presence.access)) === true
  } catch (error) {
    presence.report(new PresenceError('listener-error', `access.${hook} threw`, { hook }, error))
    return false
  }
}

/** The items that `isAllowed` takes and those it does not, both in order; asked all at once. */
export async function sift<T>(
  items: readonly T[],
  isAllowed: (item: T) => Promise<boolean>,
): Promise<{ readonly allowed: readonly T[]; readonly denied: readonly T[] }> {
  const verdicts = await Promise.all(items.map(isAllowed))
  return { allowed: items.filter((_, i) => verdicts[i]), denied: items.filter((_, i) => !verdicts[i]) }
}
