import type { Write } from '@rollcall/core'
import type { Scene } from '../scene.ts'
import { CLOCK_ERROR_MS } from './clock-error.ts'
import type { Invariant } from './invariant.ts'

/** As long as the longest renewal period of any policy here. */
const RENEW_MS = 10_000

/**
 * After nobody renewed for two renewal periods, everybody has one node lease to come back: until then no sweep declares
 * a node dead, and nobody hands over a save that ends a lost connection because its grace is over.
 *
 * Excused: for one renewal period, nodes that cannot know yet that the store's clock was set forward.
 */
export const holdOff: Invariant = {
  name: 'hold-off',
  begin(scene, complain) {
    const { shared } = scene
    const left = () => Math.round(shared.heldOffUntil - shared.now() - CLOCK_ERROR_MS)
    shared.onKilled((nodeId, by) => {
      if (by === 'sweep' && left() > 0)
        complain(`node ${nodeId} is declared dead ${left()} ms before the hold-off ends`)
    })
    scene.onClient((client) => {
      client.onSave((writes) => {
        if (left() <= 0 || wasSetForward(scene)) return
        for (const write of writes) {
          const gone = goneOf(scene, write)
          if (gone !== undefined) complain(`lost connection ${gone} ends ${left()} ms before the hold-off does`)
        }
      })
    })
    return {}
  },
}

/** A store's clock was set forward, and who has renewed since its last period began has not heard of it. */
function wasSetForward({ script, world }: Scene): boolean {
  return script.actions.some(
    (action) =>
      action.do === 'set-store-clock' && action.ms > 0 && action.at <= world.now && world.now - action.at < RENEW_MS,
  )
}

/** A lost connection that a write ends, though neither was it resumed nor did anybody end it. */
function goneOf({ shared }: Scene, { userId, record, expected }: Write): string | undefined {
  const before = shared.standing.get(userId)?.record
  if (before === undefined || before.rev !== expected || record === null) return undefined
  const { connections, ended, signedOutAt, epoch } = record
  // Forgotten, and made anew in the same step.
  if (epoch !== before.epoch) return undefined
  return before.connections.find(
    ({ id, sessionId, openedAt, lost }) =>
      lost !== null &&
      !connections.some((other) => other.id === id || other.replaces.includes(id)) &&
      openedAt > signedOutAt &&
      !ended.some((mark) => mark.id === (mark.kind === 'connection' ? id : sessionId)),
  )?.id
}
