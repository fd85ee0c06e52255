import { createPresence } from '@rollcall/core'
import { createProcess } from '../process.ts'
import { connectStore } from '../store/store-client.ts'
import { projection, sameJson } from './audiences.ts'
import type { Invariant } from './invariant.ts'

const EVERY_LOOKS = 3

/**
 * Whoever reads a user sees the state that is stored, whatever time has brought since: no read advances a record. Read by a
 * process that never starts, so that nobody else notices. Nothing is excused; a state that changed meanwhile proves nothing.
 */
export const reads: Invariant = {
  name: 'reads',
  begin(scene, complain) {
    const { world, shared, script } = scene
    const process = createProcess(world, 'reader')
    const { store } = connectStore(world, shared, process, scene.random.fork('reader'), true)
    const presence = createPresence({ store, clock: process.clock, randomId: () => 'reader' })
    let looks = 0
    const readUser = async (userId: string) => {
      const before = shared.standing.get(userId)
      const view = await presence.get(userId, { as: 'admin' })
      if (shared.standing.get(userId) !== before || sameJson(view, projection(scene, userId, 'admin'))) return
      complain(`${userId} is read as ${view.status} since ${view.statusSince}, and stored otherwise`)
    }
    return {
      look() {
        if (looks++ % EVERY_LOOKS > 0 || world.now > script.healsAt + 60_000) return null
        world.actAs(process)
        // Whoever is waited for may be due.
        for (const [userId, { index }] of shared.standing)
          if (index.wakeAt !== null && index.wakeAt <= shared.now()) void readUser(userId).catch(() => {})
        const userId = script.users[((looks / EVERY_LOOKS) % script.users.length) | 0]
        if (userId !== undefined) void readUser(userId).catch(() => {})
        return null
      },
    }
  },
}
