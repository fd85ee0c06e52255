import type { Names } from './names.ts'
import type { OwnChanges } from './own-changes.ts'
import { ignore, type Statements } from './statements.ts'

/** How long changes are kept for subscribers to read them back, in ms. Whoever is later than that is told of a gap. */
const KEPT_MS = 60_000
/** Changes that one statement looks at. */
const MOST = 5_000

/**
 * Forgets old changes, at most once a minute, and only if this handle made some: who is quiet prunes nothing. Called
 * with each renewal; a failure is left to the next one.
 */
export function createPruning(statements: Statements, names: Names, own: OwnChanges): () => void {
  const text = names.sql('SELECT :"schema".presence_prune($1, $2) AS gone')
  let prunedAt = performance.now()
  let owes = false

  const prune = async () => {
    for (;;) {
      const [row] = await statements.rows<{ gone: number }>(text, [KEPT_MS, MOST])
      if ((row?.gone ?? 0) < MOST) return
    }
  }
  return () => {
    if (performance.now() - prunedAt < KEPT_MS) return
    prunedAt = performance.now()
    // What was made in the last minute is too young now: it is owed to the next time.
    const makes = own.anySince()
    if (makes || owes) prune().catch(ignore)
    owes = makes
  }
}
