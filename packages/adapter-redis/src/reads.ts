import type { Page, StoreQuery, UserRecord } from '@rollcall/core'
import { compareBytes } from './byte-order.ts'
import type { Commands } from './commands.ts'
import type { Layout } from './layout.ts'
import { mergePage } from './merged-page.ts'
import { groupByPartition, runOver } from './reach.ts'
import { STATUS_LETTERS, unpackValue } from './record/value.ts'

/** A sorted set whose members `beginning user` or `beginning user NUL status` are read as the users in them. */
interface Source {
  readonly partition: number
  readonly key: string
  readonly beginning: string
}

interface Member {
  readonly userId: string
  readonly status: string
}

const PRESENT = ['o', 'a', 'b', 'd'] as const

/** Who is seen: entries for both audiences, and those for this one. */
const CLASSES = { others: ['b', 'o'], admin: ['b', 'a'] } as const

export function createReader(layout: Layout, isCluster: boolean) {
  const load = async (commands: Commands, userIds: readonly string[]): Promise<readonly (UserRecord | null)[]> => {
    const records = new Array<UserRecord | null>(userIds.length).fill(null)
    const placed = userIds.map((userId, position) => ({ partition: layout.partitionOf(userId), userId, position }))
    const loading = groupByPartition(placed).map(async (group) => {
      const key = layout.records((group[0] as (typeof placed)[number]).partition)
      const values = await commands.send(key, ['HMGET', key, ...group.map(({ userId }) => userId)])
      for (const [i, { userId, position }] of group.entries()) {
        const value = (values as readonly (string | null)[])[i]
        if (value != null) records[position] = unpackValue(value, userId)
      }
    })
    await Promise.all(loading)
    return records
  }

  /** Users of all sources, by id. A cursor is the last one's id. */
  const page = async (
    commands: Commands,
    sources: readonly Source[],
    cursor: string | null,
    limit: number,
    accepts?: (member: Member) => boolean,
  ): Promise<Page<string>> => {
    const { items, hasMore } = await mergePage<Source, Member>(
      {
        sources,
        compare: (a, b) => compareBytes(a.userId, b.userId),
        ...(accepts && { accepts }),
        async fetch(asked, count) {
          const placed = asked.map((each, position) => ({ ...each, partition: each.source.partition, position }))
          const answers = await runOver(
            commands,
            isCluster,
            'range',
            placed,
            ({ source }) => source.key,
            (of) => [String(count), ...of.flatMap(({ source, after }) => rangeOf(source, after?.userId ?? cursor))],
          )
          const found = new Array<readonly Member[]>(asked.length)
          for (const { of, answer } of answers) {
            for (const [i, { source, position }] of of.entries()) {
              found[position] = (answer as string[][])[i]?.map((member) => memberOf(member, source)) ?? []
            }
          }
          return found
        },
      },
      limit,
    )
    const userIds = items.map(({ userId }) => userId)
    return { items: userIds, next: hasMore ? (userIds.at(-1) ?? null) : null }
  }

  const chunks = (beginnings: readonly string[]): readonly Source[] =>
    layout.all.flatMap((partition) =>
      layout.chunks.flatMap((chunk) =>
        beginnings.map((beginning) => ({ partition, key: layout.wide(partition, chunk), beginning })),
      ),
    )
  const idsOf = ({ space, status, as }: StoreQuery, commands: Commands, cursor: string | null, limit: number) => {
    const letter = status && STATUS_LETTERS[status]
    if (space === undefined) {
      const letters = letter === undefined ? PRESENT : [letter]
      const beginnings = CLASSES[as].flatMap((of) => letters.map((each) => `e${of}${each}\0`))
      return page(commands, chunks(beginnings), cursor, limit)
    }
    const sources = layout.all.flatMap((partition) =>
      CLASSES[as].map((of) => ({ partition, key: layout.near(partition), beginning: `${of}${space}\0` })),
    )
    const accepts = letter === undefined ? undefined : (member: Member) => member.status === letter
    return page(commands, sources, cursor, limit, accepts)
  }

  return {
    load,
    async list(commands: Commands, query: StoreQuery, cursor: string | null, limit: number): Promise<Page<UserRecord>> {
      const { items, next } = await idsOf(query, commands, cursor, limit)
      // Who was forgotten since the index was read is left out.
      return { items: (await load(commands, items)).filter((record) => record !== null), next }
    },
    async count(commands: Commands, { space, status, as }: StoreQuery): Promise<number> {
      const letter = status === undefined ? '' : STATUS_LETTERS[status]
      const placed = layout.all.map((partition) => ({ partition }))
      if (space === undefined) {
        const letters = letter === '' ? PRESENT : [letter]
        const fields = CLASSES[as].flatMap((of) => letters.map((each) => `e${of}${each}`))
        const answers = await runOver(
          commands,
          isCluster,
          'tally',
          placed,
          (of) => layout.sums(of.partition),
          () => fields,
        )
        return sum(answers.flatMap(({ answer }) => answer as number[]))
      }
      const beginnings = CLASSES[as].map((of) => `${of}${space}\0`)
      const answers = await runOver(
        commands,
        isCluster,
        'count',
        placed,
        (of) => layout.near(of.partition),
        () => [letter, ...beginnings],
      )
      return sum(answers.map(({ answer }) => answer as number))
    },
    usersOf(commands: Commands, nodeId: string, cursor: string | null, limit: number): Promise<Page<string>> {
      return page(commands, chunks([`n${nodeId}\0`]), cursor, limit)
    },
  }
}

/** From behind a user to the end of the beginning. No name holds a NUL, and nothing comes between it and U+0001. */
function rangeOf({ beginning }: Source, after: string | null): readonly [string, string] {
  const end = `(${beginning.slice(0, -1)}\u0001`
  // Behind the user, and behind the user with a status.
  return after === null ? [`[${beginning}`, end] : [`(${beginning}${after}\0\u{10ffff}`, end]
}

function memberOf(member: string, { beginning }: Source): Member {
  const stop = member.indexOf('\0', beginning.length)
  if (stop < 0) return { userId: member.slice(beginning.length), status: '' }
  return { userId: member.slice(beginning.length, stop), status: member.slice(stop + 1) }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
