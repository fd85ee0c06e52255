import { describe, expect, it } from 'vitest'
import { createFreshness } from '../../src/engine/freshness.ts'
import type { Freshness } from '../../src/index.ts'

function setUp() {
  const told: Freshness[] = []
  return { freshness: createFreshness((now) => told.push(now)), told }
}

describe('freshness', () => {
  it('is given from the start, and told only when it changes', () => {
    const { freshness, told } = setUp()
    expect(freshness.current).toEqual({ stale: false, warming: false })
    freshness.doubt('unreachable', false)
    freshness.warming(false)
    expect(told).toEqual([])
  })

  it('is lost with the first doubt, and back with the end of the last', () => {
    const { freshness, told } = setUp()
    freshness.doubt('unreachable', true)
    freshness.doubt('feed-silent', true)
    freshness.doubt('feed-silent', true)
    freshness.doubt('unreachable', false)
    expect(freshness.current.stale).toBe(true)
    freshness.doubt('feed-silent', false)
    expect(freshness.current.stale).toBe(false)
    expect(told.map(({ stale }) => stale)).toEqual([true, false])
  })

  it('warms up apart from every doubt', () => {
    const { freshness, told } = setUp()
    freshness.warming(true)
    freshness.doubt('fenced', true)
    freshness.doubt('fenced', false)
    freshness.warming(false)
    expect(told).toEqual([
      { stale: false, warming: true },
      { stale: true, warming: true },
      { stale: false, warming: true },
      { stale: false, warming: false },
    ])
  })
})
