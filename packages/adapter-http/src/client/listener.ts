import type { ClientMessage, ServerMessage, Topic } from '@rollcall/core/protocol'
import { readEvents } from './events.ts'
import { ANSWER_MS, type Answer, type Refusal, type Requests } from './requests.ts'
import { createTopics } from './topics.ts'

type Watch = Extract<ClientMessage, { type: 'watch' }>

/** Hears what a connection watches, and what is said of its own user. */
export interface Listener {
  start(connectionId: string): void
  /** Answered with an `ack` once the server listens for these topics too. */
  watch(message: Watch): void
  unwatch(topics: readonly Topic[]): void
  /** Listens anew, as somebody whose login is another one now. */
  again(): void
  stop(): void
}

/** Changes of what is watched that come within this time are one request; in ms. */
const GATHER_MS = 20
/** How long a request may wait for news. */
const WAIT_MS = 25_000
/** A stream that sends nothing for so long is dead: the server says at least that it lives each 15 s. */
const SILENT_MS = 40_000
/**
 * News that break off are asked for again after so long, before the connection counts as gone: Firefox breaks off what a
 * page that begins to navigate is waiting for, and that page must still be able to say that it goes.
 */
const AGAIN_MS = 1000
/** Not twice within this time. */
const BROKEN_MS = 10_000
/** A stream that ends sooner is not worth another one at once. */
const BRIEF_MS = 1000
/** What passes by itself: the connection stands meanwhile. */
const PASSING = ['rate-limited', 'unavailable']
const LONGEST_MS = 30_000

export function createListener(
  requests: Requests,
  how: 'stream' | 'poll',
  onMessage: (message: ServerMessage) => void,
  onFailed: (error: unknown) => void,
): Listener {
  const topics = createTopics()
  let connectionId = ''
  let self: number | null = null
  let freshness = { stale: false, warming: false }
  /** Of watches that nobody answered yet. */
  let asked: number[] = []
  let current: AbortController | undefined
  /** Streams that were asked for, oldest first. The first that was answered is heard until a later one is. */
  const streams: AbortController[] = []
  let timer: ReturnType<typeof setTimeout> | undefined
  let isStopped = false
  let hasListened = false
  let brokeAt = 0
  let refusals = 0

  const hear = (message: ServerMessage) => {
    if (isStopped) return
    if (message.type === 'freshness') freshness = { stale: message.stale, warming: message.warming }
    if (message.type === 'error') {
      const { retryAfterMs, details } = message
      const refused = (details as { topics?: Topic[] } | undefined)?.topics
      // Cannot be told now: they stay, and are asked for again.
      if (refused && retryAfterMs) return later(retryAfterMs)
      // What may not be watched is not.
      if (refused) topics.remove([refused].flat())
    }
    const news = topics.news(message)
    if (news) onMessage(news)
  }
  const body = () => ({ connectionId, topics: topics.all() })
  /** The server listens for all that is watched: whoever asked for it is told. */
  const listened = (ids: readonly number[]) => {
    hasListened = true
    refusals = 0
    const answered = asked.filter((id) => ids.includes(id))
    asked = asked.filter((id) => !ids.includes(id))
    for (const id of answered) hear({ type: 'ack', id })
  }
  const refused = ({ code, message, retryAfterMs = 0 }: Refusal) => {
    if (!PASSING.includes(code)) throw new Error(message)
    later(Math.max(retryAfterMs, Math.min(LONGEST_MS, AGAIN_MS * 2 ** refusals++)))
  }
  const stream = async (mine: AbortController) => {
    const began = Date.now()
    current = mine
    streams.push(mine)
    const ids = asked
    const answer: ReadableStream<Uint8Array> | Answer = await requests.stream(body(), mine)
    const earlier = streams.indexOf(mine)
    if (earlier < 0) return
    for (const before of streams.splice(0, earlier)) before.abort()
    if ('messages' in answer) return answer.refusal && refused(answer.refusal)
    listened(ids)
    await readEvents(answer, SILENT_MS, (message) => streams[0] === mine && hear(message))
    // It ran out, or was cut: the next one goes on from here.
    if (current !== mine || isStopped) return
    if (Date.now() - began < BRIEF_MS) throw new Error('the event stream ended at once')
    listen()
  }
  const poll = async (mine: AbortController) => {
    current?.abort()
    current = mine
    while (current === mine && !isStopped) {
      // Who waits for an answer to a watch is answered with what is there.
      const ids = asked
      const waitMs = ids.length ? 0 : WAIT_MS
      const wanted = { ...body(), self, ...freshness, waitMs }
      const answer = await requests.post('listen', wanted, waitMs + ANSWER_MS, mine)
      if (current !== mine) return
      if (answer.refusal) return refused(answer.refusal)
      self = answer.self ?? null
      listened(ids)
      answer.messages.forEach(hear)
      if (answer.messages.some(({ type }) => type === 'bye')) return
      // Asked for again when that is worth it, or in a moment for what is watched since.
      if (timer !== undefined) return
    }
  }
  const listen = () => {
    clearTimeout(timer)
    timer = undefined
    if (!connectionId || isStopped) return
    const mine = new AbortController()
    ;(how === 'stream' ? stream : poll)(mine).catch((error) => {
      if (current !== mine || isStopped) return
      const now = Date.now()
      // What the platform says of a line that broke.
      const isBroken = hasListened && error instanceof TypeError
      if (!isBroken || Math.abs(now - brokeAt) < BROKEN_MS) return onFailed(error)
      brokeAt = now
      later(AGAIN_MS)
    })
  }
  const later = (ms: number) => {
    if (!isStopped) timer ??= setTimeout(listen, ms)
  }
  const soon = () => later(GATHER_MS)
  return {
    start(id) {
      connectionId = id
      soon()
    },
    watch({ id, topics: wanted }) {
      asked.push(id)
      topics.add(wanted)
      soon()
    },
    unwatch(gone) {
      topics.remove(gone)
      soon()
    },
    again: soon,
    stop() {
      isStopped = true
      clearTimeout(timer)
      current?.abort()
      for (const each of streams) each.abort()
    },
  }
}
