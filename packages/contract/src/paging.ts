import type { Page, PresenceStore, StoreQuery } from '@rollcall/core'
import { ContractViolation, holds } from './checks.ts'

/** More pages than any case has items: the cursor goes in circles. */
const ENDLESS = 1_000

/** All items of all pages. `between` runs after each page that is not the last. */
export async function allPages<T>(
  page: (cursor: string | null, limit: number) => Promise<Page<T>>,
  limit: number,
  between: (items: readonly T[]) => Promise<void> = async () => {},
): Promise<T[]> {
  const all: T[] = []
  let cursor: string | null = null
  for (let pages = 0; pages < ENDLESS; pages++) {
    const { items, next }: Page<T> = await page(cursor, limit)
    holds(items.length <= limit, `a page of at most ${limit} holds ${items.length}`)
    all.push(...items)
    if (next === null) return all
    cursor = next
    await between(items)
  }
  throw new ContractViolation(`no last page after ${ENDLESS} pages`)
}

/** The ids that `list` gives, over all pages. */
export async function idsOf(store: PresenceStore, query: StoreQuery, limit = 100): Promise<string[]> {
  const records = await allPages((cursor, size) => store.list(query, cursor, size), limit)
  return records.map(({ userId }) => userId)
}

/** The ids due at `now`, over all pages. */
export function dueAt(store: PresenceStore, now: number, limit = 100): Promise<string[]> {
  return allPages((cursor, size) => store.due(now, cursor, size), limit)
}

/** The nodes dead at `now`, over all pages. */
export function deadAt(store: PresenceStore, now: number, limit = 100): Promise<string[]> {
  return allPages((cursor, size) => store.deadNodes(now, cursor, size), limit)
}

/** The users of a node, over all pages. */
export function usersOf(store: PresenceStore, nodeId: string, limit = 100): Promise<string[]> {
  return allPages((cursor, size) => store.usersOf(nodeId, cursor, size), limit)
}
