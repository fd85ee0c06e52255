import { memoryStore, type Page, type PresenceStore, type Write, type WriteResult } from '@rollcall/core'

/** A stand-in for a database: what it keeps is no part of the heap. */
export interface ExternalStore {
  readonly store: PresenceStore
  /** Bytes of the buffers that records lie in. */
  readonly bytes: number
}

type UserRecord = NonNullable<Write['record']>

/** Room for one record; two connections take less than half of it. */
const SLOT_BYTES = 2048
const PAGE_SLOTS = 4096
const NOBODY: Page<never> = { items: [], next: null }

/**
 * Records serialised into buffers, found by the number at the end of the user's id. Leases, the feed and what else a
 * node needs to run come from a memory store that never sees a record.
 */
export function externalStore(): ExternalStore {
  const pages: Buffer[] = []
  const rest = memoryStore()

  const slotOf = (userId: string): { page: Buffer; at: number } => {
    const [, population, number] = userId.split('-')
    const slot = Number(number) * 2 + Number(population)
    const page = Math.floor(slot / PAGE_SLOTS)
    while (pages.length <= page) pages.push(Buffer.alloc(PAGE_SLOTS * SLOT_BYTES))
    return { page: pages[page] as Buffer, at: (slot % PAGE_SLOTS) * SLOT_BYTES }
  }
  const read = (userId: string): UserRecord | null => {
    const { page, at } = slotOf(userId)
    const length = page.readUInt32LE(at)
    return length === 0 ? null : (JSON.parse(page.toString('utf8', at + 4, at + 4 + length)) as UserRecord)
  }
  const write = ({ userId, record, expected }: Write): WriteResult => {
    const standing = read(userId)
    if ((standing?.rev ?? null) !== expected) return { ok: false, reason: 'conflict', standing }
    const { page, at } = slotOf(userId)
    const text = record === null ? '' : JSON.stringify(record)
    if (text.length > SLOT_BYTES - 4) throw new Error(`a record of ${text.length} bytes has no room`)
    page.writeUInt32LE(page.write(text, at + 4), at)
    return { ok: true }
  }

  return {
    store: {
      capabilities: { ...rest.capabilities, name: 'external', shared: true },
      now: () => rest.now(),
      load: async (userIds) => userIds.map(read),
      save: async (writes) => writes.map(write),
      due: async () => NOBODY,
      list: async () => NOBODY,
      count: async () => 0,
      renewNode: (...renewal) => rest.renewNode(...renewal),
      deadNodes: async () => NOBODY,
      usersOf: async () => NOBODY,
      removeNode: (nodeId) => rest.removeNode(nodeId),
      subscribe: (listener) => rest.subscribe(listener),
      close: () => rest.close(),
    },
    get bytes() {
      return pages.length * PAGE_SLOTS * SLOT_BYTES
    },
  }
}
