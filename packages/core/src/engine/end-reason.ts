import type { Connection, UserRecord } from '../machine/index.ts'
import type { EndReason } from './presence.ts'

export function connectionOf(record: UserRecord | null, connectionId: string): Connection | undefined {
  if (record === null) return undefined
  for (const connection of record.connections) if (connection.id === connectionId) return connection
  return undefined
}

/** Why a connection is in the record no more; `null`: it left by itself. */
export function endReason(record: UserRecord | null, connectionId: string): EndReason | null {
  if (record === null) return 'kicked'
  if (record.connections.some(({ replaces }) => replaces.includes(connectionId))) return 'replaced'
  const mark = record.ended.find(({ kind, id }) => kind === 'connection' && id === connectionId)
  if (mark === undefined) return 'lapsed'
  return mark.by === 'leave' ? null : mark.by === 'kick' ? 'kicked' : 'sign-out'
}
