import type { PresenceStore } from '@rollcall/core'
import { type BrokenStore, broken } from './broken-store.ts'

/** Between the eras of the cases. */
const OWN = Date.UTC(2026, 0, 1)

/** Lets its own clock decide. */
function by(store: PresenceStore, clock: (now: number) => number): Partial<PresenceStore> {
  return {
    due: (now, cursor, limit) => store.due(clock(now), cursor, limit),
    deadNodes: (now, cursor, limit) => store.deadNodes(clock(now), cursor, limit),
    async renewNode(nodeId, until, now, holdOff) {
      const renewal = await store.renewNode(nodeId, until, clock(now), holdOff)
      return { ...renewal, holdOffUntil: renewal.holdOffUntil > clock(now) ? renewal.holdOffUntil : 0 }
    },
  }
}

const notBefore = (now: number) => Math.max(now, OWN)
const notAfter = (now: number) => Math.min(now, OWN)

export const brokenTimes: readonly BrokenStore[] = [
  ...['who is due is decided', 'a lease runs out', 'a hold-off begins and ends'].flatMap((what) => [
    broken('takes no time before its own', `time: ${what} by the now that is given, in 1990`, (store) =>
      by(store, notBefore),
    ),
    broken('takes no time after its own', `time: ${what} by the now that is given, in 2100`, (store) =>
      by(store, notAfter),
    ),
  ]),

  broken('takes no time before the latest', 'time: an earlier now after a later one finds who is due then', (store) => {
    let latest = 0
    return by(store, (now) => {
      latest = Math.max(latest, now)
      return latest
    })
  }),

  broken(
    'lets records expire by their times',
    'time: a record stays until it is forgotten, however long ago all its times are',
    (store) => ({
      load: async (userIds) =>
        (await store.load(userIds)).map((record) =>
          record !== null && record.lastSeenAt < OWN - 1e10 ? null : record,
        ),
    }),
  ),
]
