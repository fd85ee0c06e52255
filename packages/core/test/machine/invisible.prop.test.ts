import fc from 'fast-check'
import { expect, it, vi } from 'vitest'
import { type PresenceEvent, transition, type UserRecord, viewOf } from '../../src/machine/index.ts'
import { claimRequest, openEvent } from './events.ts'
import { expectAtLeast, expectSame } from './expect-same.ts'
import { START } from './history.ts'
import { steps, stories, tell } from './stories.ts'

// A thousand stories take a second or two, and more where the machine has other things to do.
vi.setConfig({ testTimeout: 60_000 })

const others = (record: UserRecord | null) => viewOf(record, 'ada', 'others')

it('law 8: no view of an invisible user differs from the view of a user who went offline at that moment', () => {
  const met = { present: 0, absent: 0, seenBefore: 0, awayBefore: 0 }
  fc.assert(
    fc.property(
      stories({ invisible: false, forget: false, maxLength: 15 }),
      steps({ forget: false, maxLength: 20 }),
      (story, hiddenSteps) => {
        // The limit has tests of its own; here everybody who comes back gets in.
        const policy = { ...story.policy, maxConnections: 1000 }
        const prefix = tell({ ...story, policy }).at(-1)
        const begin = prefix?.after ?? null
        const at = (prefix?.now ?? START) + 1
        const at1 = (record: UserRecord | null, event: PresenceEvent, now: number) =>
          transition(record, event, now, policy, { userId: 'ada', nodeId: prefix?.nodeId ?? 'n1' }).record

        const hide: PresenceEvent = {
          type: 'claim',
          at,
          claim: claimRequest('invisible', { source: 'hide', priority: 0 }),
        }
        const goOffline: PresenceEvent = { type: 'kick', at, connectionIds: null }
        let hidden = at1(begin, hide, at)
        let gone = at1(begin, goOffline, at)
        expectSame(others(hidden), others(gone))
        if (begin !== null && begin.status !== 'offline') met[begin.status === 'away' ? 'awayBefore' : 'seenBefore']++

        let now = at
        for (const scene of tell({ policy, steps: hiddenSteps }, { record: hidden, now: at })) {
          now = scene.now
          hidden = scene.after
          gone = at1(gone, { type: 'advance' }, now)
          expectSame(others(hidden), others(gone))
          const seen = scene.changes.filter(({ visibleTo }) => visibleTo === 'everyone').map(({ cause }) => cause)
          expectSame(
            seen.filter((cause) => cause !== 'message'),
            [],
            'nothing but the expiry of the message',
          )
        }

        // What happened meanwhile never shows afterwards either.
        now++
        for (const source of ['manual', 'call', 'app', 'hide'])
          hidden = at1(hidden, { type: 'clear', at: now, source }, now)
        gone = at1(gone, { type: 'advance' }, now)
        if (hidden === null) return
        if (hidden.status === 'offline') {
          met.absent++
          expectSame(others(hidden), others(gone))
          gone = at1(gone, openEvent(now, 'back'), now)
          hidden = at1(hidden, openEvent(now, 'back'), now)
        } else {
          met.present++
          gone = at1(gone, openEvent(now, 'back'), now)
        }
        expectSame(stampsSeen(hidden), stampsSeen(gone))
        const signOut: PresenceEvent = { type: 'sign-out', at: now + 1, sessionId: null }
        expectSame(stampsSeen(at1(hidden, signOut, now + 1)), stampsSeen(at1(gone, signOut, now + 1)))
        // Whenever they end: who came online at that moment was not seen last before it.
        const came = now
        for (const pause of [2, 20_000, 100_000, 2_000_000]) {
          now += pause
          hidden = at1(hidden, { type: 'advance' }, now)
          const { lastSeenAt, statusSince } = others(hidden)
          expectAtLeast(lastSeenAt ?? came, came)
          expectAtLeast(statusSince, came)
        }
      },
    ),
    { numRuns: 1000 },
  )
  for (const [what, times] of Object.entries(met)) expect(times, what).toBeGreaterThan(50)
})

/** What others see of a user but for the choices that were made meanwhile: the real status, message and audience. */
function stampsSeen(record: UserRecord | null) {
  const { status, statusSince, lastSeenAt } = viewOf(
    record && { ...record, lastSeenTo: 'everyone', shown: record.shown && { ...record.shown, lastSeenTo: 'everyone' } },
    'ada',
    'others',
  )
  return { present: status !== 'offline', statusSince, lastSeenAt }
}

it('views of whoever carry no version', () => {
  fc.assert(
    fc.property(stories(), fc.nat(), (story, version) => {
      for (const { after } of tell(story)) {
        const restamped = after && { ...after, version, epoch: version + 1, rev: `n:${version}` }
        for (const audience of ['others', 'self', 'admin'] as const) {
          expectSame(viewOf(restamped, 'ada', audience), viewOf(after, 'ada', audience))
        }
      }
    }),
    { numRuns: 1000 },
  )
})
