import { describe, expect, test } from 'vitest'
import type { Action, Script } from '../src/script.ts'
import { simulate } from '../src/simulate.ts'

/** One or more nodes, and pages over HTTP. */
function script(actions: readonly Action[], nodes: readonly string[] = ['a']): Script {
  const last = Math.max(...actions.map(({ at }) => at))
  return {
    seed: 5,
    store: { fenced: true, durable: true, pageSize: 1000 },
    policy: 'short',
    users: ['user-1', 'user-2', 'admin'],
    actions: [...nodes.map((node): Action => ({ at: 0, do: 'start', node })), ...actions],
    healsAt: last + 5000,
    endsAt: last + 200_000,
  }
}

/** What is printed of a run, without times. */
async function told(of: Script): Promise<string[]> {
  const lines: string[] = []
  const { failure } = await simulate(of, { print: (line) => lines.push(line.slice(9).trim()) })
  expect(failure).toBeNull()
  return lines
}

const h1 = { page: 'h1', user: 'user-1', session: 'user-1-s1', spaces: ['red'] } as const

describe('a page over HTTP', () => {
  test.each(['poll', 'stream'] as const)('connects and beats at any node (news by %s)', async (over) => {
    const lines = await told(
      script(
        [
          { at: 3000, do: 'open', ...h1, over },
          { at: 300_000, do: 'input', page: 'h1' },
        ],
        ['a', 'b', 'c'],
      ),
    )
    const [opened] = lines.filter((line) => line.includes('(connect)'))
    expect(opened).toContain('online [')
    expect(lines.filter((line) => line.includes('(lease-expired)'))).toEqual([])
    // Beats are stored by whichever node they reach.
    const writers = lines.flatMap((line) => /user-1 by (.)1/.exec(line)?.[1] ?? [])
    expect(new Set(writers).size).toBeGreaterThan(1)
  })

  test('goes offline one lease after it vanished', async () => {
    const lines = await told(
      script([
        { at: 3000, do: 'open', ...h1, over: 'poll' },
        { at: 4000, do: 'close', page: 'h1', how: 'silently' },
      ]),
    )
    expect(lines.filter((line) => line.includes('(lease-expired)'))).toHaveLength(1)
  })

  test.each(['hint', 'beacon'] as const)('goes offline one grace after it said that it goes (by %s)', async (how) => {
    const lines = await told(
      script([
        { at: 3000, do: 'open', ...h1, over: 'stream' },
        { at: 9000, do: 'close', page: 'h1', how },
      ]),
    )
    expect(lines.filter((line) => line.includes('offline'))).toEqual([expect.stringContaining('(hint): offline')])
  })

  test('runs the same to the last event for the same script', async () => {
    const twice = script(
      [
        { at: 3000, do: 'open', ...h1, over: 'stream' },
        { at: 3500, do: 'open', ...h1, page: 'h2', over: 'poll' },
        { at: 40_000, do: 'input', page: 'h1' },
      ],
      ['a', 'b'],
    )
    expect(await simulate(twice)).toEqual(await simulate(twice))
  })
})
