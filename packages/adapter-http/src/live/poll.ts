import { type Ear, type Presence, selfDigest, type WatchedTopic } from '@rollcall/core'
import type { ServerMessage } from '@rollcall/core/protocol'
import { createCursor } from './cursor.ts'

/** What comes within this time goes into one answer; in ms. */
const GATHER_MS = 20

/** What is answered to a request that waited. */
export interface PollAnswer {
  readonly messages: readonly ServerMessage[]
  /** To be sent with the next request: which own state the page knows. */
  readonly self: number | null
}

/** What the page knew when it asked. */
export interface Known {
  /** `asked`: it waits to be told of the topic, be it that nothing was missed. */
  readonly topics: readonly (WatchedTopic & { readonly asked?: boolean })[]
  readonly self: number | null
  readonly stale: boolean
  readonly warming: boolean
}

/** An ear that hears for one answer: until there is something new, or the time is over. */
export function createPoll(
  { clock }: Presence,
  known: Known,
  waitMs: number,
): { readonly ear: Ear; readonly answer: Promise<PollAnswer>; end(): void } {
  const messages: ServerMessage[] = []
  const cursor = createCursor(new Map(known.topics.flatMap(({ topic, since }) => (since ? [[topic, since]] : []))))
  const asked = new Set(known.topics.flatMap((wanted) => (wanted.asked ? [wanted.topic] : [])))
  let self = known.self
  let isNews = false
  let resolve: (answer: PollAnswer) => void
  const answer = new Promise<PollAnswer>((done) => {
    resolve = done
  })
  const end = () => {
    clock.clearTimer(timer)
    resolve({ messages, self })
  }
  let timer = clock.setTimer(end, waitMs)
  const isNew = (message: ServerMessage): boolean => {
    switch (message.type) {
      case 'self':
        self = selfDigest(message.self)
        return true
      case 'freshness':
        return message.stale !== known.stale || message.warming !== known.warming
      case 'replay': {
        const isMoved = cursor.move(message)
        return isMoved || message.topics.some(({ topic }) => asked.has(topic))
      }
      case 'snapshot':
      case 'diff':
      case 'counts':
        return cursor.move(message)
      default:
        return true
    }
  }
  return {
    answer,
    end,
    ear: {
      hear(message) {
        if (!isNew(message)) return
        messages.push(message)
        if (isNews) return
        isNews = true
        clock.clearTimer(timer)
        timer = clock.setTimer(end, Math.min(GATHER_MS, waitMs))
      },
      end,
    },
  }
}
