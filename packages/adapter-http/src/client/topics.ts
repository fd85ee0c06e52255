import type { ClientMessage, Sequence, ServerMessage, Topic } from '@rollcall/core/protocol'

export type WatchedTopic = Extract<ClientMessage, { type: 'watch' }>['topics'][number]

/** What is watched, and how far each topic was heard. */
export interface Topics {
  add(watched: readonly WatchedTopic[]): void
  remove(topics: readonly Topic[]): void
  /** `asked`: nothing was heard of it since. */
  all(): readonly WatchedTopic[]
  /**
   * What is new in a message; `null`: nothing. Two streams overlap while one follows the other, and what is watched no
   * more may still be on its way.
   */
  news(message: ServerMessage): ServerMessage | null
}

export function createTopics(): Topics {
  const heard = new Map<Topic, Sequence | undefined>()
  const asked = new Set<Topic>()
  const move = (topic: Topic, sequence: Sequence, isWhole: boolean) => {
    asked.delete(topic)
    if (!heard.has(topic)) return false
    const known = heard.get(topic)
    if (!isWhole && known?.generation === sequence.generation && sequence.n <= known.n) return false
    heard.set(topic, sequence)
    return true
  }
  return {
    add(watched) {
      for (const { topic, since } of watched) {
        heard.set(topic, since)
        if (since) asked.add(topic)
      }
    },
    remove(topics) {
      for (const topic of topics) {
        heard.delete(topic)
        asked.delete(topic)
      }
    },
    // What is undefined is not sent.
    all: () =>
      [...heard].map(([topic, since]) => ({ topic, since, asked: asked.has(topic) || undefined }) as WatchedTopic),
    news(message) {
      switch (message.type) {
        case 'snapshot': {
          const topics = message.topics.filter(({ topic, sequence }) => move(topic, sequence, true))
          return topics.length ? { ...message, topics } : null
        }
        case 'replay': {
          const topics = message.topics.map(({ topic, diffs }) => {
            asked.delete(topic)
            return { topic, diffs: diffs.filter(({ sequence }) => move(topic, sequence, false)) }
          })
          return { ...message, topics }
        }
        case 'diff':
        case 'counts':
          return move(message.topic, message.sequence, false) ? message : null
        default:
          return message
      }
    },
  }
}
