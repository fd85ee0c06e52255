import type { ClientMessage, ClientTransport, ServerMessage } from '@rollcall/core/protocol'
import { createListener } from './client/listener.ts'
import { ANSWER_MS, createRequests, type Refusal } from './client/requests.ts'

export interface HttpTransportOptions {
  /** Where the routes of the handler begin, such as `/presence`; may be relative to the page. */
  readonly url: string
  /**
   * How news come. `stream`: over an event stream that stays open. `poll`: by requests that wait for news, for networks
   * that hold streams back. @default 'stream'
   */
  readonly news?: 'stream' | 'poll'
  /** Sent with each request, beside `Authorization`. */
  readonly headers?: Readonly<Record<string, string>>
  /** Whether cookies go along. @default 'same-origin' */
  readonly credentials?: RequestCredentials
  /** @default the platform's */
  readonly fetch?: typeof fetch
}

/** Nothing of what was said came through: whoever waits for an answer has this one. */
function refusals(refusal: Refusal, said: readonly ClientMessage[]): readonly ServerMessage[] {
  return said.flatMap((message) => ('id' in message ? [{ ...refusal, id: message.id }] : []))
}

/** Beats are sent up to this much earlier, so that those of many pages spread. */
const JITTER = 0.1
/** What is declared where timers are held back: a hidden page's may run once a minute. In ms. */
const SLOW_BEAT_MS = 60_000
/** The last word of a page takes along what waits, up to this many characters. */
const LAST_LENGTH = 900

/**
 * Presence over plain HTTP: a beat keeps the connection, and each beat says when the next one comes. A beat is armed from
 * the answer to the one before, which hidden tabs are not held back in; where they are all the same, beats declare a
 * minute.
 */
export function http(options: HttpTransportOptions): ClientTransport {
  return {
    name: 'http',
    owned: true,
    open(listener) {
      const requests = createRequests(options)
      let isClosed = false
      let isConnecting = false
      let isVisiting = false
      let connectionId = ''
      let leaveToken: string | null = null
      let beatEveryMs = 0
      let isSlow = false
      let timer: ReturnType<typeof setTimeout> | undefined
      let waiting: ClientMessage[] = []
      let isQueued = false

      const tell = (messages: readonly ServerMessage[]) => {
        for (const message of messages) if (!isClosed) listener.onMessage(message)
      }
      const fail = (error: unknown) => {
        if (isClosed) return
        stop()
        listener.onClose(error instanceof Error ? error.message : `${error}`)
      }
      const stop = () => {
        isClosed = true
        clearTimeout(timer)
        news.stop()
      }
      const news = createListener(requests, options.news ?? 'stream', (message) => tell([message]), fail)

      const visit = async () => {
        if (isClosed || isVisiting || !connectionId) return
        clearTimeout(timer)
        isVisiting = true
        const said = waiting
        waiting = []
        const nextInMs = isSlow ? Math.max(SLOW_BEAT_MS, beatEveryMs) : beatEveryMs
        const messages = [{ type: 'beat', nextInMs }, ...said]
        const { refusal, messages: answers } = await requests.post('messages', { connectionId, messages }, ANSWER_MS)
        isVisiting = false
        // The login ran out, perhaps while the machine slept: the next hello brings a fresh one.
        if (refusal?.code === 'authentication-error') return fail(refusal.message)
        tell(refusal ? refusals(refusal, said) : answers)
        // Nobody repeats this word.
        if (refusal && said.some(({ type }) => type === 'idle') && !waiting.some(({ type }) => type === 'active')) {
          waiting.unshift({ type: 'idle' })
        }
        arm()
        if (refusal) return
        if (waiting.length) visitSoon()
      }
      const visitSoon = () => {
        visit().catch(fail)
      }
      const visitQueued = () => {
        isQueued = false
        visitSoon()
      }
      /** Called in the continuation of an answer, and nowhere else: a timer that a timer armed is held back. */
      const arm = () => {
        if (isClosed) return
        clearTimeout(timer)
        const inMs = beatEveryMs * (1 - JITTER * Math.random())
        const at = Date.now() + inMs
        timer = setTimeout(() => {
          isSlow = Date.now() - at > beatEveryMs
          visitSoon()
        }, inMs)
      }
      const connect = async ({ token, ...hello }: Extract<ClientMessage, { type: 'hello' }>) => {
        isConnecting = true
        requests.token = token
        const { messages, refusal } = await requests.post('connect', hello, 2 * ANSWER_MS)
        isConnecting = false
        if (refusal) return tell([refusal])
        const [welcome] = messages
        if (welcome?.type === 'welcome') {
          connectionId = welcome.connectionId
          leaveToken = welcome.leave
          beatEveryMs = welcome.beatEveryMs as number
          // Given up meanwhile: nobody will ever speak for it.
          if (isClosed) return sayLast({ type: 'leave', scope: 'connection' })
        }
        tell(messages)
        if (!connectionId || isClosed) return
        news.start(connectionId)
        arm()
        if (waiting.length) visitSoon()
      }
      /** The last word: it must reach the server although the page goes, in one request. */
      const sayLast = (message: ClientMessage) => {
        if (!connectionId) return
        const said = JSON.stringify(waiting).length < LAST_LENGTH ? waiting : []
        waiting = []
        requests.last({ connectionId, messages: [...said, message] }, message.type === 'hint' ? leaveToken : null)
      }

      queueMicrotask(() => {
        if (!isClosed) listener.onOpen()
      })
      return {
        send(message) {
          if (isClosed) return false
          switch (message.type) {
            case 'hello':
              if (!isConnecting) connect(message).catch(fail)
              return true
            case 'token':
              requests.token = message.token
              news.again()
              return true
            case 'watch':
              news.watch(message)
              return true
            case 'unwatch':
              news.unwatch(message.topics)
              return true
            case 'hint':
            case 'leave':
              sayLast(message)
              return true
            default:
              waiting.push(message)
              // What is said in one go goes out in one request.
              if (!isQueued) queueMicrotask(visitQueued)
              isQueued = true
              return true
          }
        },
        close: stop,
      }
    },
  }
}
