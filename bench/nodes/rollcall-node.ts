import {
  type Clock,
  type ConnectionListener,
  createPresence,
  type HeldConnection,
  type PolicyOptions,
  type Presence,
  type PresenceStore,
} from '@rollcall/core'
import { type BenchNode, spaceOf, type Told } from './bench-node.ts'

export interface RollcallNodeOptions {
  readonly policy?: PolicyOptions
  readonly sweepRate?: number
  readonly clock?: Clock
}

export interface RollcallNode extends BenchNode {
  readonly presence: Presence
  /** How many users are online in these spaces, as somebody is told who begins to watch them too. */
  onlineIn(spaces: readonly string[]): Promise<number>
}

/** A node over a store, driven through what adapters use. `close` also closes the store. */
export async function openRollcallNode(store: PresenceStore, options: RollcallNodeOptions = {}): Promise<RollcallNode> {
  const presence = createPresence({ store, ...options })
  presence.on('error', (error) => console.error(`node: ${error.message}`))
  const told: Told[] = []
  presence.on('change', ({ userId, from, to, at }) => {
    const isOnline = to.status !== 'offline'
    if ((from.status !== 'offline') === isOnline) return
    told.push({ userId, isOnline, lateMs: isOnline ? 0 : presence.now() - at })
  })
  await presence.start()
  const held = new Map<string, HeldConnection>()
  let connections = 0

  return {
    presence,
    told,
    async connect(userId) {
      const connectionId = `${presence.nodeId}-${++connections}`
      const spaces = [{ space: spaceOf(userId), state: null }]
      const viewer = presence.viewerOf({ userId, spaces: [spaceOf(userId)] }, connectionId)
      const listener: ConnectionListener = {
        onSelf() {},
        onEnded() {},
        probe: async () => true,
        describe: () => ({ viewer, spaces }),
      }
      const request = { viewer, connectionId, spaces, instance: null, resume: null, invisible: null, listener }
      const { connection } = await presence.open(request)
      held.set(userId, connection)
    },
    async disconnect(userId) {
      const connection = held.get(userId)
      held.delete(userId)
      await connection?.leave()
    },
    activity(userId) {
      held.get(userId)?.activity()
    },
    async online(userIds) {
      let online = 0
      for (const { status } of await presence.getMany(userIds)) if (status === 'online') online++
      return online
    },
    async watch(spaces, heard) {
      const watchers = presence.watchers({
        broadcast(_, message) {
          if (message.type !== 'diff') return
          for (const { userId, status } of message.set) heard(userId, status !== 'offline')
          for (const userId of message.gone) heard(userId, false)
        },
      })
      await Promise.all(spaces.map((space) => watchers.watch(`space:${space}`, 'others', null, () => {})))
    },
    async onlineIn(spaces) {
      let online = 0
      const group = presence.watchers({ broadcast() {} })
      await Promise.all(
        spaces.map((space) =>
          group.watch(`space:${space}`, 'others', null, (_, first) => {
            if (!('snapshot' in first)) throw new Error('no snapshot')
            for (const { status } of first.snapshot.users) if (status === 'online') online++
          }),
        ),
      )
      group.close()
      return online
    },
    async close() {
      await presence.stop()
      await store.close()
    },
  }
}
