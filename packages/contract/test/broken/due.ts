import type { Page, PresenceStore, Write } from '@rollcall/core'
import { broken } from './broken-store.ts'

/** More than any case has. */
const ALL = 10_000

/** Pages by number of items instead of by place. */
export async function byOffset<T>(all: Promise<Page<T>>, cursor: string | null, limit: number): Promise<Page<T>> {
  const { items } = await all
  const from = Number(cursor ?? 0)
  return { items: items.slice(from, from + limit), next: from + limit < items.length ? `${from + limit}` : null }
}

/** Saves with another `wakeAt`. */
function wakingAt(store: PresenceStore, change: (write: Write) => number | null): Partial<PresenceStore> {
  return {
    save: (writes) =>
      store.save(
        writes.map((write) =>
          write.index === null ? write : { ...write, index: { ...write.index, wakeAt: change(write) } },
        ),
      ),
  }
}

export const brokenDue = [
  broken('finds somebody due in nothing', 'due: nobody is due in an empty store', (store) => ({
    async due(...args) {
      const page = await store.due(...args)
      return page.items.length > 0 ? page : { items: ['nobody'], next: null }
    },
  })),

  broken('wakes a moment late', 'due: a user is due at the instant of wakeAt, not a millisecond sooner', (store) => ({
    due: (now, cursor, limit) => store.due(now - 1, cursor, limit),
  })),

  broken('wakes in whole seconds', 'due: the oldest comes first', (store) =>
    wakingAt(store, ({ index }) => (index?.wakeAt == null ? null : Math.floor(index.wakeAt / 1_000) * 1_000)),
  ),

  broken('wakes those who never wake', 'due: a user without wakeAt is never due', (store) =>
    wakingAt(store, ({ index }) => index?.wakeAt ?? 0),
  ),

  broken('takes a low time for none', 'due: a user whose wakeAt is long past is due', (store) =>
    wakingAt(store, ({ index }) => index?.wakeAt || null),
  ),

  broken('gives each page of due users backwards', 'due: the oldest comes first over all pages', (store) => ({
    async due(...args) {
      const { items, next } = await store.due(...args)
      return { items: [...items].reverse(), next }
    },
  })),

  broken('pages due users by time alone', 'due: users of one instant are met once each over all pages', (store) => ({
    async due(now, cursor, limit) {
      const { items, next } = await store.due(now, cursor, limit)
      return { items, next: next && `${next.split(' ')[0]} \uffff` }
    },
  })),

  broken(
    'ignores the limit of due',
    'due: a page holds at most as many as asked for, and the last one no cursor',
    (store) => ({
      due: (now, cursor) => store.due(now, cursor, ALL),
    }),
  ),

  broken('keeps the first wakeAt', 'due: a later wakeAt replaces the one before', (store) => {
    const first = new Map<string, number | null>()
    return wakingAt(store, ({ userId, index }) => {
      const wakeAt = first.get(userId) ?? index?.wakeAt ?? null
      first.set(userId, wakeAt)
      return wakeAt
    })
  }),

  broken('keeps the latest wakeAt', 'due: an earlier wakeAt replaces the one before', (store) => {
    const latest = new Map<string, number>()
    return wakingAt(store, ({ userId, index }) => {
      if (index?.wakeAt == null) return null
      const wakeAt = Math.max(latest.get(userId) ?? 0, index.wakeAt)
      latest.set(userId, wakeAt)
      return wakeAt
    })
  }),

  broken('keeps wakeAt when there is none any more', 'due: a save without wakeAt takes the user out', (store) => {
    const last = new Map<string, number>()
    return wakingAt(store, ({ userId, index }) => {
      if (index?.wakeAt != null) last.set(userId, index.wakeAt)
      return last.get(userId) ?? null
    })
  }),

  broken('finds the forgotten due', 'due: a forgotten user is not due', (store) => {
    const forgotten = new Set<string>()
    return {
      async save(writes) {
        for (const { userId, record } of writes) if (record === null) forgotten.add(userId)
        return store.save(writes)
      },
      async due(...args) {
        const { items, next } = await store.due(...args)
        return { items: [...items, ...forgotten], next }
      },
    }
  }),

  broken('moves wakeAt although the write is refused', 'due: a refused write leaves wakeAt as it is', (store) => {
    const moved = new Set<string>()
    return {
      async save(writes) {
        const results = await store.save(writes)
        for (const [i, { userId }] of writes.entries()) if (!results[i]?.ok) moved.add(userId)
        return results
      },
      async due(...args) {
        const { items, next } = await store.due(...args)
        return { items: items.filter((userId) => !moved.has(userId)), next }
      },
    }
  }),

  broken(
    'hands out each due user once',
    'due: reading who is due changes nothing: a second sweeper finds the same',
    (store) => {
      const taken = new Set<string>()
      return {
        async due(now, cursor, limit) {
          const { items, next } = await store.due(now, cursor, limit)
          const fresh = items.filter((userId) => !taken.has(userId))
          for (const userId of fresh) taken.add(userId)
          return { items: fresh, next }
        },
      }
    },
  ),

  broken('begins each page of due users anew', 'due: a pass goes on behind users who stay due', (store) => ({
    async due(now, cursor, limit) {
      const { items, next } = await store.due(now, null, limit)
      return { items, next: cursor === null ? next : null }
    },
  })),

  broken(
    'pages due users by number, while others come',
    'due: who stays due is met once while others become due around them',
    (store) => ({
      due: (now, cursor, limit) => byOffset(store.due(now, null, ALL), cursor, limit),
    }),
  ),

  broken(
    'pages due users by number, who are then moved',
    'due: a pass that moves each user it met meets everyone once',
    (store) => ({
      due: (now, cursor, limit) => byOffset(store.due(now, null, ALL), cursor, limit),
    }),
  ),

  broken(
    'pages due users by number, who are then forgotten',
    'due: a pass that forgets each user it met meets everyone once',
    (store) => ({
      due: (now, cursor, limit) => byOffset(store.due(now, null, ALL), cursor, limit),
    }),
  ),
]
