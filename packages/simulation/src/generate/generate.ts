import { createRandom } from '../random.ts'
import { HEALING_MS, type PolicyName, type Script } from '../script.ts'
import { ADMIN } from '../server.ts'
import { kickSome, rollOut, workBesides } from './application.ts'
import { type Draft, MINUTE, SECOND, SETTLED_AT } from './draft.ts'
import { comeUp, live } from './life.ts'
import { burst, choosePrivacy } from './moments.ts'
import { beOverHttp } from './over-http.ts'
import { MAKERS, TROUBLES } from './troubles.ts'

/** One seed in so many holds a user for 31 quiet days. */
const MONTH_EVERY = 1000
/** What one change shows and the next takes back is gone in milliseconds: one seed in so many looks for little else. */
const BURSTS_EVERY = 10
const BURSTS_AT = 7
const BURSTS = 12
/** What part of the seeds has pages over HTTP. */
const OVER_HTTP = 1 / 3
/** What part of the seeds has users who choose who sees when they were last seen. */
const LAST_SEEN = 0.2
/** Of the seeds: in which named connections are kicked, a process works that never starts, and outages have next to no queue. */
const KICKS = 0.15
const WORKS = 0.15
const NARROW = 0.1
/** In which a later version is rolled out, whose records those before it cannot execute. */
const ROLLS_OUT = 0.12
const DAY = 24 * 60 * MINUTE
const NODES = ['a', 'b', 'c'] as const

/** Makes the script of a seed. The same seed always gives the same one. */
export function generate(seed: number): Script {
  const random = createRandom(seed).fork('script')
  const nodes = NODES.slice(0, random.whole(2, 3))
  const hasQuietMonth = seed % MONTH_EVERY === 0
  // A month takes as long as a hundred other runs: it has one user.
  const users = Array.from({ length: hasQuietMonth ? 1 : random.whole(2, 5) }, (_, i) => `user-${i + 1}`)
  const hasQuietHour = hasQuietMonth || random.chance(0.03)
  const policy: PolicyName = hasQuietMonth
    ? 'slow'
    : hasQuietHour
      ? random.pick(['short', 'forgetful'])
      : random.pick(['short', 'short', 'short', 'shorter', 'default'])
  const lasts = random.whole(60, 240) * SECOND
  const draft: Draft = { random, nodes, users, newcomers: [], pages: [], from: SETTLED_AT, until: lasts, actions: [] }
  comeUp(draft)
  live(draft)
  for (let i = random.chance(0.15) ? random.whole(1, 4) : 0; i > 0; i--) burst(draft)
  const troubles = TROUBLES.filter((trouble) => {
    const has = random.chance(0.28)
    // Rounds of hours mend nothing in minutes; and of two policies the longer one would say when an hour is quiet.
    return has && !hasQuietMonth && !(hasQuietHour && trouble === 'drains')
  })
  for (const trouble of troubles) MAKERS[trouble](draft)
  if (seed % BURSTS_EVERY === BURSTS_AT && !hasQuietHour) for (let i = 0; i < BURSTS; i++) burst(draft)
  // Drawn apart: what else happens in a seed is the same with and without them.
  const requests = createRandom(seed).fork('over http')
  if (!hasQuietHour && requests.chance(OVER_HTTP)) beOverHttp({ ...draft, random: requests })
  const privacy = createRandom(seed).fork('last seen to')
  if (!hasQuietHour && privacy.chance(LAST_SEEN)) choosePrivacy({ ...draft, random: privacy })
  const application = createRandom(seed).fork('application')
  if (!hasQuietHour && application.chance(KICKS)) kickSome({ ...draft, random: application })
  if (!hasQuietHour && application.chance(WORKS)) workBesides({ ...draft, random: application })
  const isNarrow = application.chance(NARROW)
  const rollout = createRandom(seed).fork('rollout')
  if (!hasQuietHour && rollout.chance(ROLLS_OUT)) rollOut({ ...draft, random: rollout })
  const quietMs = hasQuietMonth ? 31 * DAY : hasQuietHour ? 60 * MINUTE : 0
  return {
    seed,
    store: {
      fenced: random.chance(0.7),
      durable: random.chance(0.5),
      pageSize: random.chance(0.4) ? 2 : 1000,
    },
    policy,
    ...(isNarrow ? { outageQueue: 1 } : {}),
    users: [...users, ...draft.newcomers, ADMIN],
    // Of whom nobody watches only the holders hear.
    ...(random.chance(0.35) ? { watched: [...users.slice(0, Math.floor(users.length / 2)), ADMIN] } : {}),
    actions: draft.actions.toSorted((a, b) => a.at - b.at),
    healsAt: lasts,
    endsAt: lasts + HEALING_MS + quietMs,
  }
}
