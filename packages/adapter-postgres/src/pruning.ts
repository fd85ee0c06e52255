import type { Names } from './names.ts'
import { ignore, type Statements } from './statements.ts'

/** How long changes are kept for subscribers to read them back, in ms. Whoever is later than that is told of a gap. */
const KEPT_MS = 60_000
/** Changes that one statement looks at, and after how many new ones somebody looks. */
const MOST = 5_000

/**
 * Forgets old changes. Called with how many were just made: one call in some thousands of changes looks for old ones, by
 * chance, so that no process need live for long or know of the others, and who is quiet prunes nothing. A failure is left
 * to the next one.
 */
export function createPruning(statements: Statements, names: Names): (made: number) => void {
  const text = names.sql('SELECT :"schema".presence_prune($1, $2) AS gone')
  let running = false

  const prune = async () => {
    for (;;) {
      const [row] = await statements.rows<{ gone: number }>(text, [KEPT_MS, MOST])
      if ((row?.gone ?? 0) < MOST) return
    }
  }
  return (made) => {
    if (running || Math.random() * MOST >= made) return
    running = true
    prune()
      .catch(ignore)
      .finally(() => {
        running = false
      })
  }
}
