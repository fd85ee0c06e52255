import type { WatchedTopic } from '@rollcall/core'
import type { Sequence, ServerMessage, Topic } from '@rollcall/core/protocol'

/** What a browser sends back in a header. */
const MAX_ID = 2048

/** How far a reader has come in each topic. */
export interface Cursor {
  /** Takes a message down; `false` if it moved nothing. */
  move(message: ServerMessage): boolean
  sequenceOf(topic: Topic): Sequence | undefined
  /** As the `id` of an event; `null`: it would be longer than 2 KiB, and servers turn away long headers. */
  write(): string | null
}

export function createCursor(sequences = new Map<Topic, Sequence>()): Cursor {
  return {
    move(message) {
      const before = sequences.size
      let moved = false
      for (const { topic, sequence } of sequencesIn(message)) {
        const known = sequences.get(topic)
        moved ||= known?.generation !== sequence.generation || known.n !== sequence.n
        sequences.set(topic, sequence)
      }
      return moved || sequences.size > before
    },
    sequenceOf: (topic) => sequences.get(topic),
    write() {
      const known = [...sequences].map(([topic, { generation, n }]) => [topic, generation, n])
      const id = encodeURIComponent(JSON.stringify(known))
      return id.length > MAX_ID ? null : id
    },
  }
}

/** What `Last-Event-ID` says, as far as it can be understood. */
export function readCursor(text: string | null): Cursor {
  const sequences = new Map<Topic, Sequence>()
  try {
    const entries: unknown = JSON.parse(decodeURIComponent(text ?? ''))
    for (const [topic, generation, n] of Array.isArray(entries) ? entries : []) {
      if (typeof topic === 'string' && typeof generation === 'string' && Number.isSafeInteger(n)) {
        sequences.set(topic as Topic, { generation, n })
      }
    }
  } catch {
    // Of another server, or none: everything begins with a snapshot.
  }
  return createCursor(sequences)
}

/** The topics, each from where the reader has come. */
export function topicsFrom(topics: readonly string[], cursor: Cursor): readonly WatchedTopic[] {
  return topics.map((name) => {
    const topic = name as Topic
    const since = cursor.sequenceOf(topic)
    return since === undefined ? { topic } : { topic, since }
  })
}

function sequencesIn(message: ServerMessage): readonly { readonly topic: Topic; readonly sequence: Sequence }[] {
  switch (message.type) {
    case 'snapshot':
      return message.topics
    case 'replay':
      return message.topics.flatMap(({ diffs }) => diffs)
    case 'diff':
    case 'counts':
      return [message]
    default:
      return []
  }
}
