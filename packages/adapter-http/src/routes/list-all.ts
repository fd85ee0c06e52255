import type { AdminView, Presence } from '@rollcall/core'
import { Problem } from '../problem.ts'

/**
 * Everybody known, as an admin sees them: first those present, then those offline. Whoever changes sides while somebody
 * pages may be listed twice, or be missing until the next time.
 */
export async function listAll(
  presence: Presence,
  cursor: string | null,
  limit: number,
): Promise<{ readonly users: readonly AdminView[]; readonly next: string | null }> {
  const { side, rest } = placeOf(cursor)
  const users: AdminView[] = []
  if (side === 'present') {
    const page = await presence.list({ limit, cursor: rest, as: 'admin' })
    users.push(...page.users)
    if (page.next !== null) return { users, next: `present:${page.next}` }
    if (users.length === limit) return { users, next: 'offline:' }
  }
  const page = await presence.list({
    status: 'offline',
    limit: limit - users.length,
    cursor: side === 'offline' ? rest : null,
    as: 'admin',
  })
  return { users: [...users, ...page.users], next: page.next === null ? null : `offline:${page.next}` }
}

function placeOf(cursor: string | null): { readonly side: 'present' | 'offline'; readonly rest: string | null } {
  if (cursor === null) return { side: 'present', rest: null }
  const [, side, rest] = /^(present|offline):(.*)$/s.exec(cursor) ?? []
  if (side === undefined)
    throw new Problem('bad-message', 'cursor is none that was given; begin without one', { cursor })
  return { side: side as 'present' | 'offline', rest: rest || null }
}
