import type { ClientMessage, Sequence, ServerMessage, Topic } from '@rollcall/core/protocol'
import { readEvents } from './events.ts'
import type { Answer, Requests } from './requests.ts'

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

export function createListener(
  requests: Requests,
  how: 'stream' | 'poll',
  onMessage: (message: ServerMessage) => void,
  onFailed: (error: unknown) => void,
): Listener {
  const topics = new Map<Topic, Sequence | undefined>()
  let connectionId = ''
  let self: number | null = null
  let freshness = { stale: false, warming: false }
  /** Of watches that nobody answered yet. */
  let asked: number[] = []
  let current: AbortController | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let isStopped = false
  let hasListened = false
  let brokeAt = 0

  /** Moves the sequence of a topic; `false` if that was heard already: two streams overlap while one follows the other. */
  const isNew = (topic: Topic, sequence: Sequence, isWhole: boolean) => {
    if (!topics.has(topic)) return false
    const known = topics.get(topic)
    if (!isWhole && known?.generation === sequence.generation && sequence.n <= known.n) return false
    topics.set(topic, sequence)
    return true
  }
  const hear = (message: ServerMessage) => {
    if (isStopped) return
    switch (message.type) {
      case 'snapshot': {
        const fresh = message.topics.filter(({ topic, sequence }) => isNew(topic, sequence, true))
        if (fresh.length) onMessage({ ...message, topics: fresh })
        return
      }
      case 'replay': {
        const missed = message.topics.map(({ topic, diffs }) => ({
          topic,
          diffs: diffs.filter(({ sequence }) => isNew(topic, sequence, false)),
        }))
        return onMessage({ ...message, topics: missed })
      }
      case 'diff':
      case 'counts':
        if (isNew(message.topic, message.sequence, false)) onMessage(message)
        return
      case 'freshness':
        freshness = { stale: message.stale, warming: message.warming }
        return onMessage(message)
      case 'error':
        // What may not be watched is not asked for again.
        for (const topic of [(message.details as { topics?: Topic[] } | undefined)?.topics ?? []].flat()) {
          topics.delete(topic)
        }
        return onMessage(message)
      default:
        return onMessage(message)
    }
  }
  const body = () => ({
    connectionId,
    topics: [...topics].map(([topic, since]) => (since ? { topic, since } : { topic })),
  })
  /** The server listens for all that is watched: whoever asked for it is told. */
  const listened = (ids: readonly number[]) => {
    hasListened = true
    const answered = asked.filter((id) => ids.includes(id))
    asked = asked.filter((id) => !ids.includes(id))
    for (const id of answered) hear({ type: 'ack', id })
  }
  /** A login that is no good any more is the client's to mend; anything else is tried again. */
  const refuse = ({ refusal }: Answer) => {
    if (refusal?.code !== 'authentication-error') throw new Error(refusal?.message)
    hear(refusal)
  }
  const stream = async (mine: AbortController) => {
    const began = Date.now()
    const before = current
    current = mine
    const ids = asked
    const answer = await requests.stream(body(), mine.signal)
    before?.abort()
    if ('messages' in answer) return refuse(answer)
    listened(ids)
    await readEvents(answer, SILENT_MS, hear)
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
      const waitMs = ids.length ? { waitMs: 0 } : {}
      const answer = await requests.post('listen', { ...body(), self, ...freshness, ...waitMs }, mine.signal)
      if (current !== mine) return
      if (answer.refusal) return refuse(answer)
      self = answer.self ?? null
      listened(ids)
      answer.messages.forEach(hear)
      if (answer.messages.some(({ type }) => type === 'bye')) return
    }
  }
  const listen = () => {
    clearTimeout(timer)
    timer = undefined
    if (!connectionId || isStopped) return
    const mine = new AbortController()
    ;(how === 'stream' ? stream : poll)(mine).catch((error) => {
      if (current !== mine || mine.signal.aborted) return
      const now = Date.now()
      // What the platform says of a line that broke.
      const isBroken = hasListened && error instanceof TypeError
      if (!isBroken || Math.abs(now - brokeAt) < BROKEN_MS) return onFailed(error)
      brokeAt = now
      timer ??= setTimeout(listen, AGAIN_MS)
    })
  }
  const soon = () => {
    timer ??= setTimeout(listen, GATHER_MS)
  }
  return {
    start(id) {
      connectionId = id
      soon()
    },
    watch({ id, topics: wanted }) {
      asked.push(id)
      for (const { topic, since } of wanted) topics.set(topic, since)
      soon()
    },
    unwatch(gone) {
      for (const topic of gone) topics.delete(topic)
      soon()
    },
    again: soon,
    stop() {
      isStopped = true
      clearTimeout(timer)
      current?.abort()
    },
  }
}
