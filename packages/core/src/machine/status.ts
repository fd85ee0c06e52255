import type { Claim, Connection } from './record.ts'

/** What a user's status can be. `unknown` exists only in clients and is never stored or sent. */
export type Status = 'online' | 'away' | 'busy' | 'dnd' | 'offline'

/** What the connections alone say, before any claim. */
export type AutomaticStatus = 'online' | 'away' | 'offline'

/** What a claim may say. */
export type ClaimStatus = 'online' | 'away' | 'busy' | 'dnd' | 'invisible'

export const STATUSES: readonly Status[] = ['online', 'away', 'busy', 'dnd', 'offline']
export const CLAIM_STATUSES: readonly ClaimStatus[] = ['online', 'away', 'busy', 'dnd', 'invisible']

/** Present is any status but `offline`; `isOnline` and every online count mean this. */
export function isPresent(status: Status): boolean {
  return status !== 'offline'
}

const CONTRIBUTION = { active: 'online', idle: 'away', dormant: 'offline' } as const

/** What one connection contributes. A lost one keeps contributing what it did before it was lost. */
function contributionOf(connection: Connection): AutomaticStatus {
  return CONTRIBUTION[connection.phase]
}

/** The highest contribution over all connections; the order in which they came never matters. */
export function automaticStatus(connections: readonly Connection[]): AutomaticStatus {
  let best: AutomaticStatus = 'offline'
  for (const connection of connections) {
    const contribution = contributionOf(connection)
    if (contribution === 'online') return 'online'
    if (contribution === 'away') best = 'away'
  }
  return best
}

/** Whether a claim counts: it was not cleared and has not expired. */
function isStanding(claim: Claim, now: number): boolean {
  return claim.status !== null && (claim.until === null || claim.until > now)
}

function outranks(a: Claim, b: Claim): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority
  if (a.since !== b.since) return a.since > b.since
  return a.source < b.source
}

/** The claim that overlays the automatic status: highest priority, then newest, then first source name. Invisible ones hide, they do not overlay. */
function winningClaim(claims: readonly Claim[], now: number): Claim | null {
  let winner: Claim | null = null
  for (const claim of claims) {
    if (claim.status === 'invisible' || !isStanding(claim, now)) continue
    if (winner === null || outranks(claim, winner)) winner = claim
  }
  return winner
}

/** Whether a claim hides the user; it outranks every priority. In a record a claim stands until its own deadline passed. */
export function isInvisible(claims: readonly Claim[]): boolean {
  return claims.some(({ status }) => status === 'invisible')
}

/**
 * The user's real status: a function of connections, claims and time alone (law 1). A claim never makes an absent
 * user present. Whether others see it is {@link isInvisible}'s question.
 */
export function statusOf(connections: readonly Connection[], claims: readonly Claim[], now: number): Status {
  const automatic = automaticStatus(connections)
  if (automatic === 'offline' || claims.length === 0) return automatic
  const claim = winningClaim(claims, now)
  return claim === null ? automatic : (claim.status as Exclude<ClaimStatus, 'invisible'>)
}
