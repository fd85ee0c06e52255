import { describe, expect, test } from 'vitest'
import { generate } from '../src/generate/generate.ts'
import { clockText, readable, type Script } from '../src/script.ts'
import { shrink } from '../src/shrink.ts'
import { simulate } from '../src/simulate.ts'

describe('a run', () => {
  test('is the same to the last event for the same seed', async () => {
    // Some of them have pages over HTTP.
    for (const seed of [1, 2, 4, 6]) {
      const [once, again] = [await simulate(generate(seed)), await simulate(generate(seed))]
      expect(again).toEqual(once)
    }
  })

  test('is another one for another seed', async () => {
    const hashes = new Set<string>()
    for (const seed of [1, 2, 4, 6]) hashes.add((await simulate(generate(seed))).hash)
    expect(hashes.size).toBe(4)
  })

  test('can be read from a file', async () => {
    const script = generate(1)
    const copy = JSON.parse(JSON.stringify(script)) as Script
    expect((await simulate(copy)).hash).toBe((await simulate(script)).hash)
  })
})

describe('a script', () => {
  test('reads as plain English', () => {
    const script: Script = {
      ...generate(1),
      actions: [{ at: 41_200, do: 'stall', node: 'b', ms: 34_000, monotonic: 'stands', atCall: 2 }],
    }
    expect(readable(script)).toContain(
      '00:41.200  node b stalls for 34 s as it makes its store call no. 2 from now; its monotonic clock stands',
    )
    expect(clockText(3_599_999)).toBe('59:59.999')
  })
})

describe('the shrinker', () => {
  const failure = { invariant: 'chain', message: 'as found', at: 100_000 }

  test('keeps what the failure needs, and nothing else', async () => {
    const script = generate(3)
    const needed = script.actions.filter(({ do: what }) => what === 'open').slice(1, 3)
    const { script: shortest } = await shrink(
      script,
      { ...failure, at: script.endsAt },
      {
        run: async ({ actions }) => {
          const opened = actions
            .filter(({ do: what }) => what === 'open')
            .map((action) => 'page' in action && action.page)
          const broken = needed.every((action) => opened.includes('page' in action && action.page))
          return { failure: broken ? failure : null }
        },
      },
    )
    expect(shortest.actions.map((action) => 'page' in action && action.page)).toEqual(
      needed.map((action) => 'page' in action && action.page),
    )
  })

  test('does not take another failure for the same', async () => {
    const script = generate(3)
    const run = async ({ actions }: Script) => ({
      failure: { ...failure, invariant: actions.length === script.actions.length ? 'chain' : 'order' },
    })
    const { script: shortest } = await shrink(script, { ...failure, at: script.endsAt }, { run })
    expect(shortest.actions).toHaveLength(script.actions.length)
  })
})
