import { createPresence, type Presence } from '@rollcall/core'
import { POLICIES } from './policies.ts'
import { createProcess, type Process } from './process.ts'
import type { Scene } from './scene.ts'
import type { Deed } from './script.ts'
import { connectStore } from './store/store-client.ts'

/** A process of the application that never starts its presence: it holds nobody and hears of nothing, but writes, and sweeps when told to. */
export interface Worker {
  readonly process: Process
  readonly presence: Presence
}

/** Machines start with clocks that nobody has set right. */
const SKEW_MS = 3_600_000

/** The scene's worker; made when it first works. */
function workerOf(scene: Scene): Worker {
  const { world, shared, script } = scene
  if (scene.worker !== null) return scene.worker
  const process = createProcess(world, 'worker')
  const random = scene.random.fork('worker')
  process.setWall(random.whole(-SKEW_MS, SKEW_MS))
  const storeClient = connectStore(world, shared, process, random.fork('store'))
  let ids = 0
  world.actAs(process)
  const presence = createPresence({
    store: storeClient.store,
    policy: POLICIES[script.policy],
    clock: process.clock,
    randomId: () => `worker.${++ids}`,
  })
  // It is the caller that is told what fails.
  presence.on('error', () => {})
  scene.worker = { process, presence }
  scene.clientConnected(storeClient)
  return scene.worker
}

/** Lets the worker do something now. */
export function work(scene: Scene, action: Extract<Deed, { do: 'work' }>): void {
  const { presence, process } = workerOf(scene)
  const { witness, sightings, world } = scene
  world.actAs(process)
  const succeeds = (call: Promise<unknown>) =>
    call.then(
      () => true,
      () => false,
    )
  const { user: userId, job } = action
  switch (job) {
    case 'sweep':
      presence.sweep().catch(() => {})
      break
    case 'touch': {
      const sessionId = `${userId}-http`
      witness.input(userId)
      sightings.touched(userId, sessionId)
      presence.touch({ userId, sessionId, spaces: ['red'] }).catch(() => {})
      break
    }
    case 'claim': {
      const call = presence.claim(userId, { source: 'calendar', status: 'busy' })
      witness.ask({ userId, thing: 'claim calendar', value: 'busy', passing: false }, null, succeeds(call))
      break
    }
    case 'message': {
      const text = `from the worker at ${world.now}`
      const call = presence.setMessage(userId, { text })
      witness.ask({ userId, thing: 'message', value: text, passing: false }, null, succeeds(call))
      break
    }
  }
}
