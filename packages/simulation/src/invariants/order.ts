import type { Sequence, ServerMessage } from '@rollcall/core/protocol'
import type { Link } from '../network.ts'
import type { Line } from '../page.ts'
import type { Invariant } from './invariant.ts'

/**
 * Over one link, or one attempt of a page without, the changes of a topic count up by one without a gap from the snapshot
 * or replay they follow. Links deliver in order. Excused: a link on which a change was lost; what its page then shows is another invariant's.
 */
export const order: Invariant = {
  name: 'order',
  begin() {
    const known = new WeakMap<Link | Line, Map<string, Sequence>>()
    return {
      heard(page, way, message) {
        if (way.lossy) return null
        const topics = known.get(way) ?? new Map<string, Sequence>()
        known.set(way, topics)
        const problem = hear(topics, message)
        return problem && `page ${page.tab.name} hears ${problem}`
      },
    }
  },
}

function hear(topics: Map<string, Sequence>, message: ServerMessage): string | null {
  switch (message.type) {
    case 'snapshot':
      for (const { topic, sequence } of message.topics) topics.set(topic, sequence)
      return null
    case 'replay':
      for (const { topic, diffs } of message.topics) {
        topics.delete(topic)
        for (const { sequence } of diffs) {
          const problem = follow(topics, topic, sequence)
          if (problem !== null) return problem
        }
      }
      return null
    case 'diff':
    case 'counts':
      return follow(topics, message.topic, message.sequence)
    default:
      return null
  }
}

function follow(topics: Map<string, Sequence>, topic: string, sequence: Sequence): string | null {
  const last = topics.get(topic)
  topics.set(topic, sequence)
  if (last === undefined) return null
  if (last.generation === sequence.generation && last.n + 1 === sequence.n) return null
  return `change ${sequence.n} (${sequence.generation}) of ${topic} after ${last.n} (${last.generation})`
}
