import { type Connection, emptyRecord, type Write } from '@rollcall/core'

/** A write of a user who is online in the space `a`; the version before is expected. */
export function writeOf(
  userId: string,
  version: number,
  connection: Partial<Connection> = {},
): Write & { record: object } {
  const standing = { status: 'online', spaces: ['a'] } as const
  const record = {
    ...emptyRecord(userId),
    rev: `w:${version}`,
    epoch: 1,
    version,
    status: 'online',
    connections: [connectionOf(`${userId}/1`, connection)],
  } as const
  return {
    userId,
    record,
    expected: version === 1 ? null : `w:${version - 1}`,
    writer: 'w',
    index: { wakeAt: null, nodes: ['n'], shown: standing, real: standing },
    topics: [`user:${userId}`, 'space:a', 'node:n'],
    change: { userId, epoch: 1, version, record, note: null },
  }
}

function connectionOf(id: string, rest: Partial<Connection>): Connection {
  return {
    id,
    sessionId: id,
    nodeId: 'n',
    openedAt: 1,
    phase: 'active',
    inputAt: 1,
    quietFrom: 0,
    idledAt: 0,
    idleAfterMs: null,
    dormantAfterMs: null,
    lost: null,
    lease: null,
    device: null,
    meta: null,
    spaces: [],
    resume: null,
    replaces: [],
    ...rest,
  }
}
