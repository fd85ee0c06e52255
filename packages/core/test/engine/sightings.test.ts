import { describe, expect, it } from 'vitest'
import { createSightings } from '../../src/engine/sightings.ts'
import { emptyRecord, topicsOf, type UserRecord } from '../../src/machine/index.ts'
import { heldConnection } from '../machine/events.ts'

/** Ada in these spaces, as of that version. */
const ada = (version: number, ...spaces: string[]): UserRecord => ({
  ...emptyRecord('ada'),
  rev: `n:${version}`,
  epoch: 1,
  version,
  status: 'online',
  connections: [heldConnection('c', 1, { spaces: spaces.map((space) => ({ space, state: null, at: 1 })) })],
})
const change = (record: UserRecord) => ({ userId: 'ada', epoch: record.epoch, version: record.version, record })
const sorted = (topics: readonly string[] | null) => topics && [...topics].sort()
const spacesIn = (topics: readonly string[] | null) => sorted(topics)?.filter((topic) => topic.startsWith('space:'))

describe('the one state of a user for all rosters', () => {
  it('concerns every roster that showed the user and every one that shows them now', () => {
    const sightings = createSightings()
    expect(sorted(sightings.hear(change(ada(1, 'a', 'b'))))).toEqual(sorted(topicsOf(null, ada(1, 'a', 'b'))))
    expect(spacesIn(sightings.hear(change(ada(2, 'b', 'c'))))).toEqual(['space:a', 'space:b', 'space:c'])
    expect(spacesIn(sightings.hear(change(ada(3, 'c'))))).toEqual(['space:b', 'space:c'])
  })

  it('is not followed by an earlier one that comes late, although the later concerned other topics', () => {
    const sightings = createSightings()
    sightings.hear(change(ada(1, 'a')))
    sightings.hear(change(ada(3, 'b')))
    expect(sightings.hear(change(ada(2, 'a')))).toBeNull()
  })

  it('is heard once, however often it is told', () => {
    const sightings = createSightings()
    sightings.hear(change(ada(1, 'a')))
    expect(sightings.hear(change(ada(1, 'a')))).toBeNull()
  })

  it('a later one serves each roster that needed the late one', () => {
    const sightings = createSightings()
    sightings.hear(change(ada(1, 'a')))
    // Version 2, which left `a` for `b`, is late; whoever shows `a` learns of it by version 3.
    expect(spacesIn(sightings.hear(change(ada(3, 'b', 'c'))))).toEqual(['space:a', 'space:b', 'space:c'])
  })

  it('orders by epoch before version: whoever was forgotten and came again is newer', () => {
    const sightings = createSightings()
    sightings.hear(change(ada(9, 'a')))
    expect(sightings.hear({ userId: 'ada', epoch: 1, version: 10, record: null })).toEqual(
      expect.arrayContaining(['space:a', 'user:ada']),
    )
    const again = { ...ada(1, 'b'), epoch: 2 }
    expect(spacesIn(sightings.hear(change(again)))).toEqual(['space:b'])
    expect(sightings.hear(change(ada(11, 'a')))).toBeNull()
  })

  it('a read counts whatever was heard before, for the store may have lost it since', () => {
    const sightings = createSightings()
    sightings.hear(change(ada(5, 'a')))
    expect(spacesIn(sightings.read(ada(3, 'b')))).toEqual(['space:a', 'space:b'])
    expect(sightings.hear(change(ada(3, 'b')))).toBeNull()
    expect(spacesIn(sightings.hear(change(ada(4, 'c'))))).toEqual(['space:b', 'space:c'])
  })

  it('is forgotten when no roster has shown the user for two rounds, and not sooner', () => {
    const sightings = createSightings()
    sightings.hear(change(ada(2, 'a')))
    sightings.prune(() => false)
    expect(sightings.hear(change(ada(1, 'a')))).toBeNull()
    sightings.prune(() => true)
    sightings.prune(() => false)
    expect(sightings.size).toBe(1)
    sightings.prune(() => false)
    expect(sightings.size).toBe(0)
    expect(sightings.hear(change(ada(1, 'a')))).not.toBeNull()
  })

  it('is looked for in the rosters it concerns', () => {
    const sightings = createSightings()
    sightings.hear(change(ada(1, 'a')))
    const asked: (readonly [string, readonly string[]])[] = []
    sightings.prune((userId, topics) => asked.push([userId, topics]) > 0)
    expect(asked).toEqual([['ada', topicsOf(null, ada(1, 'a'))]])
  })
})
