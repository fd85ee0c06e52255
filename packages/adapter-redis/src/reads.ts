import type { Page, StoreQuery, UserRecord } from '@rollcall/core'
import { compareBytes } from './byte-order.ts'
import type { Commands } from './commands.ts'
import { type Layout, spaceChunkOf } from './layout.ts'
import { mergePage } from './merged-page.ts'
import { groupByPartition, type Placed, runOver } from './reach.ts'
import { STATUS_LETTERS, unpackValue } from './record/value.ts'

/** A part of a sorted set: its members `beginning user` or `beginning user NUL standing` are read as users. */
interface Source {
  readonly partition: number
  readonly key: string
  readonly beginning: string
}

interface Member {
  readonly userId: string
  /** One letter, or one for others and one for admins. */
  readonly standing: string
}

const LETTERS = Object.values(STATUS_LETTERS)
const OFFLINE = STATUS_LETTERS.offline

/** Entries of a space that are for both audiences, and those for this one. */
const CLASSES = { others: ['b', 'o'], admin: ['b', 'a'] } as const
/** Which letter of a standing is for whom. */
const AUDIENCE = { others: 0, admin: 1 } as const

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

  const wide = (beginning: string): readonly Source[] =>
    layout.all.flatMap((partition) =>
      layout.chunks.map((chunk) => ({ partition, key: layout.wide(partition, chunk), beginning })),
    )
  const idsOf = ({ space, status, as }: StoreQuery, commands: Commands, cursor: string | null, limit: number) => {
    const accepts = accepterOf(status)
    if (space === undefined) {
      const at = AUDIENCE[as]
      const sources = wide(status === 'offline' ? 'f' : 'p')
      return page(commands, sources, cursor, limit, ({ standing }) => accepts(standing[at] as string))
    }
    const chunk = spaceChunkOf(space)
    const sources = layout.all.flatMap((partition) =>
      CLASSES[as].map((of) => ({ partition, key: layout.near(partition, chunk), beginning: `${of}${space}\0` })),
    )
    return page(commands, sources, cursor, limit, ({ standing }) => accepts(standing))
  }

  return {
    load,
    async list(commands: Commands, query: StoreQuery, cursor: string | null, limit: number): Promise<Page<UserRecord>> {
      const { items, next } = await idsOf(query, commands, cursor, limit)
      // Who was forgotten since the index was read is left out.
      return { items: (await load(commands, items)).filter((record) => record !== null), next }
    },
    async count(commands: Commands, { space, status, as }: StoreQuery): Promise<number> {
      const placed = layout.all.map((partition) => ({ partition }))
      if (space === undefined) {
        const accepts = accepterOf(status)
        const standings = LETTERS.flatMap((shown) => LETTERS.map((real) => shown + real))
        const fields = standings.filter((each) => accepts(each[AUDIENCE[as]] as string)).map((each) => `e${each}`)
        const keyOf = ({ partition }: Placed) => layout.sums(partition)
        const answers = await runOver(commands, isCluster, 'tally', placed, keyOf, () => fields)
        return sum(answers.flatMap(({ answer }) => answer as number[]))
      }
      const chunk = spaceChunkOf(space)
      const args = [status === undefined ? '' : STATUS_LETTERS[status], ...CLASSES[as].map((of) => `${of}${space}\0`)]
      const keyOf = ({ partition }: Placed) => layout.near(partition, chunk)
      const answers = await runOver(commands, isCluster, 'count', placed, keyOf, () => args)
      return sum(answers.map(({ answer }) => answer as number))
    },
    usersOf(commands: Commands, nodeId: string, cursor: string | null, limit: number): Promise<Page<string>> {
      return page(commands, wide(`n${nodeId}\0`), cursor, limit)
    },
  }
}

/** Whether a user with the status of this letter is asked for: present, if nothing else is said. */
function accepterOf(status: StoreQuery['status']): (letter: string) => boolean {
  const wanted = status && STATUS_LETTERS[status]
  return (letter) => (wanted === undefined ? letter !== OFFLINE : letter === wanted)
}

/** From behind a user to the end of the beginning: up to what begins with the next character instead of its last. */
function rangeOf({ beginning }: Source, after: string | null): readonly [string, string] {
  const last = beginning.length - 1
  const end = `(${beginning.slice(0, last)}${String.fromCharCode(beginning.charCodeAt(last) + 1)}`
  // Behind the user, and behind the user with any standing.
  return after === null ? [`[${beginning}`, end] : [`(${beginning}${after}\0\u{10ffff}`, end]
}

function memberOf(member: string, { beginning }: Source): Member {
  const stop = member.indexOf('\0', beginning.length)
  if (stop < 0) return { userId: member.slice(beginning.length), standing: '' }
  return { userId: member.slice(beginning.length, stop), standing: member.slice(stop + 1) }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}
