import { openNaiveUsers } from '../baselines/open-naive-users.ts'
import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { expectEqual, seededRandom } from '../measure.ts'
import { openEmptyStore } from '../nodes/open-store.ts'
import { openRollcallNode } from '../nodes/rollcall-node.ts'
import { companySpace, fill } from '../records.ts'

const SPACE_SIZE = 1000
const PAGE = 50

interface Lists {
  readonly first: (space: string) => Promise<readonly unknown[]>
  readonly next: () => Promise<readonly unknown[]>
}

/** First page of an organisation of a thousand, and pages on and on through a company of everybody, in turns. */
export async function measure({ n, side, quick, url, database }: CaseOptions): Promise<Measures> {
  const random = seededRandom(1)
  const times: number[] = []
  const page = async (read: () => Promise<readonly unknown[]>) => {
    const from = performance.now()
    const { length } = await read()
    times.push(performance.now() - from)
    expectEqual(length, PAGE, 'users on the page')
  }
  const org = () => `org:${Math.floor((random() * n) / SPACE_SIZE)}`
  const list: Lists = side === 'ours' ? await listOfOurs() : await listOfBaseline()
  for (let i = 0; i < (quick ? 10 : 300); i++) {
    await page(() => list.first(org()))
    await page(list.next)
  }
  // The first ones compile, and fill caches.
  const counted = times.slice(quick ? 0 : 100).sort((a, b) => a - b)
  const at = (share: number) => ({ value: counted[Math.ceil(counted.length * share) - 1] as number, unit: 'ms' })
  return { [`p7.list.${database}`]: at(0.99), [`p7.list.${database}.p50`]: at(0.5) }

  async function listOfOurs(): Promise<Lists> {
    const store = await openEmptyStore(database, url)
    await fill(store, { users: n, spaceSize: SPACE_SIZE, as: 'held' })
    const { presence } = await openRollcallNode(store, { policy: { sweepEvery: '1h' } })
    let cursor: string | null = null
    return {
      first: async (space: string) => (await presence.list({ space, status: 'online', limit: PAGE })).users,
      async next() {
        const { users, next } = await presence.list({ space: companySpace, status: 'online', limit: PAGE, cursor })
        cursor = next
        return users
      },
    }
  }

  async function listOfBaseline(): Promise<Lists> {
    const naive = await openNaiveUsers(database, url)
    await naive.fill(n, { spaceSize: SPACE_SIZE, isOnline: true })
    let after = ''
    let pages = 0
    return {
      first: (name: string) => naive.list('org', name, ''),
      async next() {
        const ids = await naive.list('company', companySpace, after)
        pages++
        after = (pages * PAGE) % n === 0 ? '' : (ids.at(-1) as string)
        return ids
      },
    }
  }
}
