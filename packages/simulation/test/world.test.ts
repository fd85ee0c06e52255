import { describe, expect, test } from 'vitest'
import { createProcess } from '../src/process.ts'
import { createWorld, type World } from '../src/world.ts'

async function runUntil(world: World, until: number): Promise<void> {
  while (await world.step(until));
}

describe('the world', () => {
  test('lets events happen in the order of their times, and of one time in the order they were asked for', async () => {
    const world = createWorld()
    const seen: string[] = []
    for (const [at, name] of [
      [20, 'c'],
      [10, 'a'],
      [10, 'b'],
    ] as const)
      world.at(at, { what: name }, () => seen.push(`${name} at ${world.now}`))
    await runUntil(world, 100)
    expect(seen).toEqual(['a at 10', 'b at 10', 'c at 20'])
    expect(world.now).toBe(100)
  })

  test('lets promises settle before the next event', async () => {
    const world = createWorld()
    const seen: string[] = []
    world.at(1, { what: 'deep' }, async () => {
      for (let i = 0; i < 1000; i++) await Promise.resolve()
      seen.push('deep')
    })
    world.at(1, { what: 'next' }, () => seen.push('next'))
    await runUntil(world, 10)
    expect(seen).toEqual(['deep', 'next'])
  })

  test('knows whether anything is on its way', async () => {
    const world = createWorld()
    world.at(5, { what: 'message', travels: true }, () => {})
    expect(world.travelling).toBe(1)
    await runUntil(world, 10)
    expect(world.travelling).toBe(0)
    expect(world.movedAt).toBe(5)
  })
})

describe('a process', () => {
  test('that stalls runs its timers afterwards, in their order', async () => {
    const world = createWorld()
    const process = createProcess(world, 'a')
    const seen: string[] = []
    process.clock.setTimer(() => seen.push(`early at ${world.now}`), 10)
    process.clock.setTimer(() => seen.push(`late at ${world.now}`), 20)
    process.stall(1000, 'runs')
    await runUntil(world, 2000)
    expect(seen).toEqual(['early at 1000', 'late at 1000'])
    expect(process.clock.monotonic()).toBe(2000)
  })

  test('whose monotonic clock stood has its timers wait on', async () => {
    const world = createWorld()
    const process = createProcess(world, 'a')
    let firedAt = 0
    process.clock.setTimer(() => {
      firedAt = world.now
    }, 10)
    process.stall(1000, 'stands')
    await runUntil(world, 2000)
    expect(firedAt).toBe(1010)
    expect(process.clock.monotonic()).toBe(1000)
  })

  test('that is killed does nothing more, and what it sent arrives', async () => {
    const world = createWorld()
    const process = createProcess(world, 'a')
    const seen: string[] = []
    process.clock.setTimer(() => seen.push('timer'), 10)
    world.at(10, { owner: process, what: 'answer' }, () => seen.push('answer'))
    world.at(10, { what: 'sent' }, () => seen.push('sent'))
    process.kill()
    await runUntil(world, 100)
    expect(seen).toEqual(['sent'])
  })
})
