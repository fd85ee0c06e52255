import { PresenceError } from '../errors.ts'
import { CLAIM_STATUSES, type Policy, type PresenceEvent } from '../machine/index.ts'
import type { Limits } from '../protocol/limits.ts'
import { type Duration, toMs } from '../time/duration.ts'
import { leaseFor } from './beats.ts'
import type { Ledger } from './ledger.ts'
import { type Openings, refusalOfOpening } from './openings.ts'
import type { Identity, Presence } from './presence.ts'
import { type StoreTime, stampOf } from './store-time.ts'
import type { Outcome } from './user-entry.ts'
import { createViewerOf, demandName, demandText } from './viewer.ts'

/** Priority of a claim by its source; every other source has 20. */
const PRIORITIES: Readonly<Record<string, number>> = { admin: 100, call: 80, manual: 60, calendar: 40 }
const OTHER_PRIORITY = 20

/** The priority that a source has unless the application names one. */
function priorityOf(source: string): number {
  return Object.hasOwn(PRIORITIES, source) ? (PRIORITIES[source] as number) : OTHER_PRIORITY
}

export interface WritesOptions {
  readonly ledger: Ledger
  readonly time: StoreTime
  readonly limits: Limits
  readonly policy: Policy
  readonly openings: Openings
  readonly randomId: () => string
}

/** The writing half of a {@link Presence}. Each call resolves once its effect is saved; `touch` and `beat`, when it is decided. */
export function createWrites(
  options: WritesOptions,
): Pick<
  Presence,
  'claim' | 'clear' | 'setMessage' | 'setLastSeenTo' | 'touch' | 'beat' | 'signOut' | 'kick' | 'forget'
> {
  const { ledger, time, limits, policy, openings } = options
  const viewerOf = createViewerOf(limits)

  const submit = (userId: string, event: PresenceEvent | { readonly type: 'forget' }): Promise<Outcome> =>
    ledger.submit(ledger.users.entryOf(demandName(userId, 'userId', limits)), event)

  const stamp = () => stampOf(time)
  const untilOf = (
    end: { readonly until?: Date | number | null; readonly for?: Duration },
    now: number,
  ): number | null => {
    if (end.for !== undefined) return now + toMs(end.for, 'for')
    const until = end.until instanceof Date ? end.until.getTime() : (end.until ?? null)
    if (until !== null && (!Number.isFinite(until) || until <= now)) {
      throw new PresenceError(
        'invalid-option',
        `until is ${String(end.until)}; give a time later than now (${now}), in ms of store time`,
        { until, now },
      )
    }
    return until
  }

  const setMessage: Presence['setMessage'] = async (userId, message) => {
    if (message === null) {
      await submit(userId, { type: 'message', at: await stamp(), message: null })
      return
    }
    const { emoji = null } = message
    const text = demandText(message.text, 'text')
    if (emoji !== null) demandName(emoji, 'emoji', limits)
    const length = [...text].length
    if (length > limits.textLength) {
      throw new PresenceError(
        'limit-exceeded',
        `the message has ${length} characters; at most ${limits.textLength} are allowed`,
        { length, limit: limits.textLength },
      )
    }
    const at = await stamp()
    await submit(userId, { type: 'message', at, message: { text, emoji, until: untilOf(message, at) } })
  }

  const signOfLife = async (identity: Identity, leaseMs: number, isInput: boolean): Promise<void> => {
    const connectionId = options.randomId()
    const viewer = viewerOf(identity, connectionId)
    const at = await stamp()
    const opening = openings.openingOf(
      viewer,
      connectionId,
      viewer.spaces.map((space) => ({ space, state: null })),
    )
    const { verdict } = await submit(viewer.userId, { type: 'touch', at, leaseMs, isInput, opening })
    if (verdict === 'limit') throw refusalOfOpening(verdict, viewer.userId, policy)
  }

  return {
    async claim(userId, claim) {
      const { status, priority, connectionId = null } = claim
      const source = demandName(claim.source, 'source', limits)
      if (connectionId !== null) demandName(connectionId, 'connectionId', limits)
      if (!CLAIM_STATUSES.includes(status)) {
        throw new PresenceError(
          'invalid-option',
          `status is ${JSON.stringify(status)}; give one of ${CLAIM_STATUSES.join(', ')}`,
          { status },
        )
      }
      const at = await stamp()
      const { verdict } = await submit(userId, {
        type: 'claim',
        at,
        claim: { source, status, priority: priority ?? priorityOf(source), until: untilOf(claim, at), connectionId },
      })
      if (verdict === 'unbindable') {
        throw new PresenceError(
          'no-connection',
          `the claim ${source} cannot be bound to ${connectionId}: it is not there, or the claim is invisible`,
          { userId, connectionId },
        )
      }
    },
    async clear(userId, source = 'manual') {
      await submit(userId, { type: 'clear', at: await stamp(), source })
    },
    setMessage,
    async setLastSeenTo(userId, lastSeenTo) {
      await submit(userId, { type: 'audience', at: await stamp(), lastSeenTo })
    },
    touch: (identity) => signOfLife(identity, policy.leaseMs, true),
    beat: async (identity, { nextInMs, active = false } = {}) =>
      signOfLife(identity, nextInMs === undefined ? policy.leaseMs : leaseFor(nextInMs, policy), active),
    async signOut(userId, { sessionId } = {}) {
      if (sessionId !== undefined) demandName(sessionId, 'sessionId', limits)
      await submit(userId, { type: 'sign-out', at: await stamp(), sessionId: sessionId ?? null })
    },
    async kick(userId, { connectionIds } = {}) {
      for (const connectionId of connectionIds ?? []) demandName(connectionId, 'connectionId', limits)
      await submit(userId, { type: 'kick', at: await stamp(), connectionIds: connectionIds ?? null })
    },
    async forget(userId) {
      await submit(userId, { type: 'forget' })
    },
  }
}
