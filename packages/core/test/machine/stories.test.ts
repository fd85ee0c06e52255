import fc from 'fast-check'
import { expect, it } from 'vitest'
import { viewOf } from '../../src/machine/index.ts'
import { type Scene, stories, tell } from './stories.ts'

/** What must really occur in generated stories, or the laws show little; each by the scenes that count. */
const OCCURRENCES: Record<string, (scene: Scene) => boolean> = {
  'a plain connect': ({ event, verdict }) => event.type === 'open' && verdict === 'applied',
  'a connect that was ended': ({ verdict }) => verdict === 'ended',
  'a connect over the limit': ({ verdict }) => verdict === 'limit',
  'a resume': ({ after, event }) =>
    event.type === 'open' && standing(after, event.opening.connectionId)?.replaces.length === 1,
  'a second resume': ({ after }) => (after?.connections ?? []).some(({ replaces }) => replaces.length > 1),
  'a resume of a lost connection': ({ before, changes }) =>
    changes.some(({ cause }) => cause === 'resume') && (before?.connections ?? []).some(({ lost }) => lost !== null),
  'a leased connection': ({ after }) => (after?.connections ?? []).some(({ lease }) => lease !== null),
  'a leased connection replaced by a held one': ({ after }) => (after?.ended ?? []).some(({ by }) => by === 'replaced'),
  'a leased connection brought back': ({ before, after }) =>
    (before?.connections ?? []).some(
      ({ id, lost, lease }) => lost !== null && lease !== null && standing(after, id)?.lost === null,
    ),
  'an announcement that brings back': ({ event, verdict }) => event.type === 'announce' && verdict === 'applied',
  'several connections': ({ after }) => (after?.connections.length ?? 0) > 2,
  'a hint that ends': ended('hint'),
  'a loss that ends': ended('lost'),
  'a drain that ends': ended('drain'),
  'a node’s death that ends': ended('node-lost'),
  'a lease that ends': ended('lease-expired'),
  'a leave': ended('leave'),
  'a kick': ended('kick'),
  'a sign-out': ended('sign-out'),
  'an idle user': ({ changes }) => changes.some(({ cause, visibleTo }) => cause === 'idle' && visibleTo === 'everyone'),
  'a dormant user': ({ changes }) =>
    changes.some(({ cause, visibleTo }) => cause === 'dormant' && visibleTo === 'everyone'),
  'an event that comes late': ({ event, now }) => event.type !== 'advance' && event.at < now - 5000,
  'a late event before deadlines': ({ event, changes }) =>
    event.type !== 'advance' && changes.some(({ at }) => at > event.at),
  'a claim that overlays': ({ changes }) =>
    changes.some(({ cause, visibleTo }) => cause === 'claim' && visibleTo === 'everyone'),
  'a claim that expires': ({ changes }) => changes.some(({ cause }) => cause === 'claim-expired'),
  'a bound claim': ({ after }) =>
    (after?.claims ?? []).some(({ status, connectionId }) => status !== null && connectionId !== null),
  'a bound claim that dies with its connection': ({ before, after }) =>
    (before?.claims ?? []).some(
      ({ source, connectionId, at }) =>
        connectionId !== null &&
        standing(after, connectionId) === undefined &&
        after?.claims.some((claim) => claim.source === source && claim.status === null && claim.at === at),
    ),
  'an unbindable claim': ({ verdict }) => verdict === 'unbindable',
  'a message': ({ after }) => after !== null && viewOf(after, 'ada', 'others').message !== null,
  'a user in spaces': ({ after }) => viewOf(after, 'ada', 'others').spaces.length > 1,
  'an invisible user who is there': ({ after }) => after?.shown?.status === 'offline' && after.status !== 'offline',
  'an invisible user who is not': ({ after }) => viewOf(after, 'ada', 'self').hidden && after?.status === 'offline',
  'a hidden user who comes online': ({ before, after }) =>
    viewOf(before, 'ada', 'self').hidden && viewOf(after, 'ada', 'others').status !== 'offline',
  'old stamps that stand after the claim': ({ before, after }) =>
    viewOf(before, 'ada', 'self').hidden &&
    after?.shown != null &&
    !viewOf(after, 'ada', 'self').hidden &&
    after.status === 'offline',
  'a user who is forgotten': ({ before, after }) => before !== null && after === null,
}

function ended(cause: string) {
  return ({ changes, after }: Scene) =>
    changes.some((change) => change.cause === cause) && after?.cause?.cause === cause && after.status === 'offline'
}

function standing(record: Scene['after'], id: string) {
  return record?.connections.find((connection) => connection.id === id)
}

const scenes = fc.sample(stories(), { numRuns: 1500, seed: 42 }).flatMap((story) => tell(story))

it.each(Object.entries(OCCURRENCES))('generated stories have %s', (_, occurs) => {
  expect(scenes.filter(occurs).length).toBeGreaterThanOrEqual(20)
})
