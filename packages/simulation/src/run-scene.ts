import type { Hooks, Invariant } from './invariants/invariant.ts'
import { heal, perform } from './perform.ts'
import { withoutPlatform } from './platform.ts'
import type { Scene } from './scene.ts'
import { HEALING_MS } from './script.ts'

/** What went wrong first. */
export interface Failure {
  readonly invariant: string
  readonly message: string
  /** Virtual ms. */
  readonly at: number
}

export interface RunResult {
  readonly failure: Failure | null
  readonly hash: string
  readonly steps: number
  /** Virtual time that passed, in ms. */
  readonly virtualMs: number
}

/** How often the checks look at everything, besides at each write and message. */
const LOOK_EVERY_MS = 5000
const LOOK_IN_QUIET_EVERY_MS = 60_000
/** Something goes round in circles. */
const MOST_STEPS_PER_SECOND = 20_000

/** Lets everything in the scene's script happen, and each invariant look. */
export async function runScene(scene: Scene, invariants: readonly Invariant[]): Promise<RunResult> {
  return withoutPlatform(scene.world, scene.random.fork('platform'), () => drive(scene, invariants))
}

async function drive(scene: Scene, invariants: readonly Invariant[]): Promise<RunResult> {
  const { script, world, shared } = scene
  let failure: Failure | null = null
  const complain = (invariant: string, message: string | null) => {
    if (message !== null) failure ??= { invariant, message, at: world.now }
  }
  let secondOf = 0
  let stepsThen = 0
  const hooks: { readonly name: string; readonly hooks: Hooks }[] = invariants.map(({ name, begin }) => ({
    name,
    hooks: begin(scene, (message) => complain(name, message)),
  }))
  shared.onAccepted((accepted) => {
    for (const each of hooks) complain(each.name, each.hooks.accepted?.(accepted) ?? null)
  })
  scene.onMessage((page, link, message) => {
    for (const each of hooks) complain(each.name, each.hooks.heard?.(page, link, message) ?? null)
  })
  for (const action of script.actions) world.at(action.at, { what: action.do }, () => perform(scene, action))
  world.at(script.healsAt, { what: 'heal' }, () => heal(scene))
  const look = () => {
    for (const each of hooks) complain(each.name, each.hooks.look?.() ?? null)
    const everyMs = world.now > script.healsAt + HEALING_MS ? LOOK_IN_QUIET_EVERY_MS : LOOK_EVERY_MS
    world.at(world.now + everyMs, { what: 'look' }, look)
  }
  world.at(LOOK_EVERY_MS, { what: 'look' }, look)

  while (failure === null && (await world.step(script.endsAt))) {
    if (world.now > secondOf) {
      secondOf = world.now + 1000
      stepsThen = world.steps
    } else if (world.steps - stepsThen > MOST_STEPS_PER_SECOND) {
      complain('bounds', `more than ${MOST_STEPS_PER_SECOND} things happen in one second`)
    }
  }
  if (failure === null) {
    for (const each of hooks) complain(each.name, (await each.hooks.end?.(scene)) ?? null)
  }
  return { failure, hash: world.trace.hash, steps: world.steps, virtualMs: world.now }
}
