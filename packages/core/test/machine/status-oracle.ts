import type { Claim, Policy, PresenceEvent, Status } from '../../src/machine/index.ts'

/**
 * The status of a user at `now`, worked out from scratch out of everything that happened, in order: no record, no
 * deadlines, no incremental state. Knows punctual events of one node, without resumes and announcements.
 */
export function statusFromLog(log: readonly PresenceEvent[], now: number, policy: Policy): Status {
  const happened = log.filter((event) => event.type !== 'advance' && event.at <= now) as Happening[]
  const ids = new Set(happened.flatMap((event) => ('opening' in event ? [event.opening.connectionId] : [])))
  const contributions = [...ids].map((id) => contributionOf(id, happened, now, policy))
  if (!contributions.some((contribution) => contribution === 'online' || contribution === 'away')) return 'offline'
  const [first] = standingClaims(happened, now).sort(
    (a, b) => b.priority - a.priority || b.since - a.since || (a.source < b.source ? -1 : 1),
  )
  if (first !== undefined) return first.status as Status
  return contributions.includes('online') ? 'online' : 'away'
}

type Happening = Exclude<PresenceEvent, { type: 'advance' }>

function contributionOf(
  id: string,
  log: readonly Happening[],
  now: number,
  policy: Policy,
): 'online' | 'away' | 'offline' {
  let life: {
    leased: boolean
    returns: boolean
    ends: number
    lostAt: number | null
    leaseMs: number
    inputAt: number
    idledAt: number
  } | null = null
  for (const event of log) {
    // Whoever ended stays ended, whatever is said of them later.
    if (life !== null && event.at >= life.ends) return 'offline'
    const isOpening = 'opening' in event && event.opening.connectionId === id
    const isNamed = 'connectionId' in event && event.connectionId === id
    if (isOpening && life === null) {
      const leaseMs = 'leaseMs' in event ? event.leaseMs : null
      const ends = leaseMs === null ? Number.POSITIVE_INFINITY : event.at + leaseMs
      const leased = leaseMs !== null
      life = {
        leased,
        returns: event.type === 'touch',
        ends,
        lostAt: null,
        leaseMs: leaseMs ?? 0,
        inputAt: event.at,
        idledAt: 0,
      }
      continue
    }
    if (life === null) continue
    if (event.type === 'sign-out' || (event.type === 'kick' && (event.connectionIds?.includes(id) ?? true)))
      return 'offline'
    if (!isNamed) continue
    if (event.type === 'leave') return 'offline'
    const grace = {
      hint: policy.hintGraceMs,
      lost: policy.graceMs,
      drain: policy.drainGraceMs,
      'node-lost': policy.graceMs,
    }
    if (event.type === 'hint' || event.type === 'lost' || event.type === 'drain') {
      if (life.lostAt !== null) continue
      life.lostAt = event.at
      life.ends = event.at + grace[event.type]
    } else if (event.type === 'input' || event.type === 'beat') {
      if (life.lostAt !== null && !life.returns) continue
      if (event.type === 'input') life.inputAt = event.at
      if (!life.leased) continue
      life.lostAt = null
      life.leaseMs = event.type === 'beat' ? event.leaseMs : Math.max(policy.leaseMs, life.leaseMs)
      life.ends = event.at + life.leaseMs
    } else if (event.type === 'idle' && life.lostAt === null) {
      life.idledAt = event.at
    }
  }
  if (life === null || now >= life.ends) return 'offline'
  const clock = life.lostAt ?? now
  const quiet = clock - life.inputAt
  if (policy.dormantAfterMs !== null && quiet >= policy.dormantAfterMs) return 'offline'
  if (life.idledAt > life.inputAt) return 'away'
  return policy.idleAfterMs !== null && quiet >= policy.idleAfterMs ? 'away' : 'online'
}

/** Unbound claims that overlay the status: of each source the last word, if it is a set that lasts. */
function standingClaims(log: readonly Happening[], now: number): Claim[] {
  const last = new Map<string, Claim>()
  for (const event of log) {
    if (event.type === 'clear') last.delete(event.source)
    if (event.type !== 'claim') continue
    const before = last.get(event.claim.source)
    const { status, priority, until } = event.claim
    const stands = before !== undefined && (before.until === null || before.until > event.at)
    const repeats = stands && before.status === status && before.priority === priority && before.until === until
    last.set(event.claim.source, { ...event.claim, since: repeats ? before.since : event.at, at: event.at })
  }
  return [...last.values()].filter(({ status, until }) => status !== 'invisible' && (until === null || until > now))
}
