import type { PresenceError } from '../errors.ts'
import { type Policy, type PresenceEvent, viewOf } from '../machine/index.ts'
import type { Limits } from '../protocol/limits.ts'
import { leaseFor } from './beats.ts'
import { connectionOf, endReason } from './end-reason.ts'
import type { Ledger } from './ledger.ts'
import { invisibleClaim, type Openings, refusalOfOpening } from './openings.ts'
import type { LeasedConnection, LeasedState, Presence } from './presence.ts'
import { hashOfLeave, leaveTokenOf } from './resume-token.ts'
import type { Resumption } from './resumption.ts'
import { type StoreTime, stampOf } from './store-time.ts'
import type { Outcome } from './user-entry.ts'
import { demandName, demandOpenable, demandSpace } from './viewer.ts'

export interface LeasedOptions {
  readonly ledger: Ledger
  readonly time: StoreTime
  readonly limits: Limits
  readonly policy: Policy
  readonly openings: Openings
  readonly resumption: Pick<Resumption, 'decide'>
  onError(error: PresenceError): void
}

/** The connections of pages without a socket: nobody holds them, every node may act on them. */
export function createLeased(options: LeasedOptions): Pick<Presence, 'lease' | 'leased'> {
  const { ledger, time, limits, policy } = options

  const stamp = () => stampOf(time)
  const connectionAt = (userId: string, connectionId: string): LeasedConnection => {
    const submit = (event: PresenceEvent | { readonly type: 'review' }): Promise<Outcome> =>
      ledger.submit(ledger.users.entryOf(userId), event)
    /** What stands in the store: nobody tells this node of users whom it does not hold. */
    const review = () => submit({ type: 'review' })
    const stateOf = ({ record }: Outcome): LeasedState => {
      const connection = connectionOf(record, connectionId)
      const isThere = connection?.lease != null
      // Its page said that it goes, and speaks again: it must resume.
      if (isThere && connection.lost !== null) return { ended: 'lapsed', self: viewOf(record, userId, 'self') }
      // Of a user of whom nothing is known a store may have lost everything. Whoever left by itself and asks is late.
      const why = () => (record === null ? 'lapsed' : (endReason(record, connectionId) ?? 'sign-out'))
      const ended = isThere ? null : why()
      return { ended, self: viewOf(record, userId, 'self') }
    }
    return {
      connectionId,
      userId,
      async beat(nextInMs, active = false) {
        const leaseMs = leaseFor(nextInMs, policy)
        const at = await stamp()
        const beaten = submit({ type: 'beat', at, connectionId, leaseMs })
        if (!active) return stateOf(await beaten)
        const [, outcome] = await Promise.all([beaten, submit({ type: 'input', at, connectionId })])
        return stateOf(outcome)
      },
      async look() {
        return stateOf(await review())
      },
      async idle() {
        await submit({ type: 'idle', at: await stamp(), connectionId })
      },
      async enter(space, state) {
        demandSpace({ space, state }, limits)
        await submit({ type: 'enter', at: await stamp(), connectionId, space, state })
      },
      async exit(space) {
        await submit({ type: 'exit', at: await stamp(), connectionId, space })
      },
      async hint(leaveToken) {
        const { record } = await review()
        const connection = connectionOf(record, connectionId)
        if (connection?.lease == null || connection.lost !== null) return false
        if (leaveToken !== undefined && connection.resume?.hash !== hashOfLeave(leaveToken)) return false
        const { verdict } = await submit({ type: 'hint', at: await stamp(), connectionId })
        return verdict === 'applied'
      },
      async leave() {
        await submit({ type: 'leave', at: await stamp(), connectionId })
      },
    }
  }

  return {
    async lease(request) {
      demandOpenable(request, limits)
      const { viewer, connectionId, spaces, instance, resume: presented, invisible } = request
      const { userId } = viewer
      const leaseMs = leaseFor(request.nextInMs, policy)
      const at = await stamp()
      const entry = ledger.users.entryOf(userId)
      const { resume, resumes } = await options.resumption.decide(entry, instance, presented, 'leased')
      // The entry may have been given up while it was asked for.
      const { verdict, record } = await ledger.submit(ledger.users.entryOf(userId), {
        type: 'open',
        at,
        nodeId: null,
        leaseMs,
        opening: options.openings.openingOf(viewer, connectionId, spaces),
        resume: { hash: resume.hash, instance },
        resumes,
        invisible: invisible && invisibleClaim(invisible.forMs, at),
      })
      if (verdict !== 'applied' && verdict !== 'unchanged') throw refusalOfOpening(verdict, userId, policy)
      const connection = connectionOf(record, connectionId)
      if (connection === undefined) throw refusalOfOpening('ended', userId, policy)
      return {
        connection: connectionAt(userId, connectionId),
        resumed: resumes !== null && connection.replaces.length > 0,
        resumeToken: resume.token,
        leaveToken: leaveTokenOf(resume.token),
        self: viewOf(record, userId, 'self'),
      }
    },
    leased: (userId, connectionId) =>
      connectionAt(demandName(userId, 'userId', limits), demandName(connectionId, 'connectionId', limits)),
  }
}
