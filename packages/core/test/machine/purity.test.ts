import fc from 'fast-check'
import { afterEach, expect, it, vi } from 'vitest'
import {
  entriesOf,
  type PresenceEvent,
  seal,
  topicsOf,
  transition,
  type UserRecord,
  viewOf,
  wakeAt,
} from '../../src/machine/index.ts'
import { expectSame } from './expect-same.ts'
import { stories, tell } from './stories.ts'

vi.setConfig({ testTimeout: 60_000 })

afterEach(() => {
  vi.unstubAllGlobals()
})

/** Everything by which code could learn of the time, of chance or of the world, or leave something to run later. */
const IMPURE = [
  'Date',
  'performance',
  'crypto',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'process',
  'console',
  'fetch',
] as const

function forbid(name: string): void {
  const refuse = () => {
    throw new Error(`the machine used ${name}`)
  }
  vi.stubGlobal(name, new Proxy(refuse, { get: refuse, apply: refuse, construct: refuse }))
}

function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const item of Object.values(value)) deepFrozen(item)
  }
  return value
}

/** Runs `body` while nothing impure can be reached; what it returns is checked outside. */
function purely<T>(body: () => T): T {
  const random = vi.spyOn(Math, 'random').mockImplementation(() => {
    throw new Error('the machine used Math.random')
  })
  for (const name of IMPURE) forbid(name)
  try {
    return body()
  } finally {
    vi.unstubAllGlobals()
    random.mockRestore()
  }
}

const told = fc
  .sample(stories(), { numRuns: 500, seed: 7 })
  .flatMap((story) => tell(story).map((scene) => ({ ...scene, policy: story.policy })))

it('runs thousands of transitions without clock, timer, chance or world, on frozen records', () => {
  expect(told.length).toBeGreaterThan(5000)
  for (const scene of told) deepFrozen(scene)
  const again = purely(() =>
    told.map(({ before, event, now, policy, nodeId }) => {
      const self = { userId: 'ada', nodeId }
      const result = transition(before, event, now, policy, self)
      const sealed = result.record && seal(before, result.record, { rev: 'n:1', now, lastEpoch: 0 })
      wakeAt(sealed, policy, nodeId)
      if (sealed !== null) entriesOf(sealed, policy)
      topicsOf(before, sealed)
      for (const audience of ['others', 'self', 'admin'] as const) viewOf(sealed, 'ada', audience)
      return result
    }),
  )
  // The same input gives the same output.
  expect(again.map(({ record, changes, verdict }) => ({ record, changes, verdict }))).toEqual(
    told.map(({ after, changes, verdict }) => ({ record: after, changes, verdict })),
  )
})

it('catches a machine that is not pure', () => {
  for (const name of IMPURE)
    expect(() => purely(() => (globalThis as unknown as Record<string, () => unknown>)[name]?.()), name).toThrow(name)
  expect(() => purely(() => Math.random())).toThrow('Math.random')
})

it('leaves plain JSON behind: what a store writes is what it reads', () => {
  for (const { after, changes } of told) {
    expectSame(JSON.parse(JSON.stringify({ after, changes })), { after, changes })
  }
})

it('goes on from what a store read as from what it wrote', () => {
  for (const { before, event, now, nodeId, policy, after } of told) {
    const read = JSON.parse(JSON.stringify({ before, event })) as { before: UserRecord | null; event: PresenceEvent }
    expectSame(transition(read.before, read.event, now, policy, { userId: 'ada', nodeId }).record, after)
  }
})
