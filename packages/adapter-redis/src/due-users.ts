import type { Page } from '@rollcall/core'
import { compareBytes } from './byte-order.ts'
import type { Commands } from './commands.ts'
import type { Layout } from './layout.ts'
import { mergePage } from './merged-page.ts'
import { runOver } from './reach.ts'

interface DueUser {
  /** As the store writes it. */
  readonly time: string
  readonly userId: string
}

/** Users due at `now`, oldest first, of one instant by id. A cursor is `time user` of the last one. */
export async function readDue(
  commands: Commands,
  { layout, isCluster }: { readonly layout: Layout; readonly isCluster: boolean },
  now: number,
  { cursor, limit }: { readonly cursor: string | null; readonly limit: number },
): Promise<Page<string>> {
  const begin = cursor === null ? null : parseCursor(cursor)
  const { items, hasMore } = await mergePage<number, DueUser>(
    {
      sources: layout.all,
      compare: (a, b) => Number(a.time) - Number(b.time) || compareBytes(a.userId, b.userId),
      async fetch(asked, count) {
        const placed = asked.map(({ source, after }, position) => ({
          partition: source,
          position,
          after: after ?? begin,
        }))
        const answers = await runOver(
          commands,
          isCluster,
          'due',
          placed,
          ({ partition }) => layout.due(partition),
          (of) => [
            String(now),
            String(count),
            ...of.flatMap(({ after }) => (after === null ? ['', ''] : [after.time, after.userId])),
          ],
        )
        const found = new Array<readonly DueUser[]>(asked.length)
        for (const { of, answer } of answers) {
          for (const [i, { position }] of of.entries()) found[position] = pairs((answer as string[][])[i] ?? [])
        }
        return found
      },
    },
    limit,
  )
  const last = items.at(-1)
  return {
    items: items.map(({ userId }) => userId),
    next: hasMore && last !== undefined ? `${last.time} ${last.userId}` : null,
  }
}

function pairs(list: readonly string[]): readonly DueUser[] {
  const found: DueUser[] = []
  for (let at = 0; at < list.length; at += 2) found.push({ userId: list[at] as string, time: list[at + 1] as string })
  return found
}

function parseCursor(cursor: string): DueUser {
  const end = cursor.indexOf(' ')
  return { time: cursor.slice(0, end), userId: cursor.slice(end + 1) }
}
