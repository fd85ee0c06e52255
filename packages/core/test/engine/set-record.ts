import { expect } from 'vitest'
import type { Policy, PresenceStore, UserRecord } from '../../src/index.ts'
import { entriesOf } from '../../src/machine/index.ts'

/** Sets what stands of a user, or takes it away, without a word to anybody: as a store does that lost something. */
export async function setRecord(
  store: PresenceStore,
  userId: string,
  record: UserRecord | null,
  policy: Policy,
): Promise<void> {
  const [standing] = await store.load([userId])
  const { epoch = 0, version = 0 } = record ?? standing ?? {}
  const expected = standing?.rev ?? null
  const index = record === null ? null : entriesOf(record, policy)
  const change = { userId, epoch, version, record, note: { topics: [], change: null } }
  expect(await store.save([{ userId, record, expected, writer: 'nobody', index, topics: [], change }])).toEqual([
    { ok: true },
  ])
}
