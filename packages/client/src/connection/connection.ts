import {
  type ClientMessage,
  isServerMessage,
  PROTOCOL_VERSION,
  type ServerMessage,
  type TransportLink,
} from '@rollcall/core/protocol'
import { backoffMs } from './backoff.ts'
import type { Connection, ConnectionOptions } from './connection-contract.ts'
import { createOutage } from './outage.ts'
import { createRequests, LOST } from './requests.ts'
import type { ConnectionError, ConnectionReason, ConnectionState, ConnectionStatus } from './state.ts'

type Welcome = Extract<ServerMessage, { type: 'welcome' }>
type ErrorMessage = Extract<ServerMessage, { type: 'error' }>

/** A connection that stood this long starts the back-off anew. */
const STABLE_MS = 10_000
/** An attempt younger than this is let be by a wake-up, and so is a server heard since. */
const RECENT_MS = 3000
/** Wake-ups this close together are one. */
const SAME_WAKE_MS = 1000

const FINAL_BYES = ['sign-out', 'kicked', 'refused', 'limit']
const FINAL_ERRORS = ['authentication-error', 'forbidden', 'bad-message', 'limit-exceeded']

export function createConnection(options: ConnectionOptions): Connection {
  const { transport, clock, token } = options
  const { owned } = transport
  let link: TransportLink | null = null
  let isOpen = false
  /** Who waited for an attempt, and finds that this moved on, was overtaken. */
  let attempt = 0
  let tries = 0
  let timer: unknown
  let verifying: unknown
  let startedAt = 0
  let wokenAt = 0
  let heardAt = 0
  let pingEveryMs = 0
  let badMessages = 0
  let resume: string | null = null
  let state: ConnectionState = Object.freeze({
    status: 'idle',
    reason: 'initial',
    since: clock.now(),
    retryInMs: null,
    retryAt: null,
    lastError: null,
    troubled: false,
  })

  const is = (...statuses: ConnectionStatus[]) => statuses.includes(state.status)
  // The wall clock may be set back: then everything is long ago.
  const isPast = (since: number, ms: number) => Math.abs(clock.now() - since) >= ms
  const send = (message: ClientMessage) => is('connected') && !!link?.send(message)
  const requests = createRequests(send)
  const outage = createOutage(clock, options.showAfterMs, () => {
    state = Object.freeze({ ...state, troubled: true })
    options.onState()
  })

  const move = (
    status: ConnectionStatus,
    reason: ConnectionReason,
    lastError = state.lastError,
    retryInMs: number | null = null,
  ) => {
    const now = clock.now()
    const [wasConnected, wasDown] = [is('connected'), is('connecting', 'reconnecting')]
    const isDown = status === 'connecting' || status === 'reconnecting'
    if (isDown && !wasDown) outage.begin(!wasConnected || isPast(state.since, STABLE_MS))
    else if (wasDown && !isDown) outage.end()
    state = Object.freeze({
      status,
      reason,
      since: status === state.status ? state.since : now,
      retryInMs,
      retryAt: retryInMs === null ? null : now + retryInMs,
      lastError,
      troubled: isDown && state.troubled,
    })
    if (wasConnected && status !== 'connected') {
      options.onDown()
      requests.lose()
    }
  }
  /** Comes last in whatever happens: listeners may call back in. */
  const go = (...to: Parameters<typeof move>) => {
    move(...to)
    options.onState()
  }
  const halt = (closes = owned) => {
    if (is('connected') && isPast(state.since, STABLE_MS)) tries = 0
    attempt++
    clock.clearTimer(timer)
    clock.clearTimer(verifying)
    verifying = undefined
    if (!closes) return
    link?.close()
    link = null
    isOpen = false
  }
  const drop = (reason: ConnectionReason, message: string, afterMs = 0, code: string = reason) => {
    halt()
    // A borrowed transport that is closed comes back when its owner brings it back.
    const delay = owned || isOpen ? afterMs + backoffMs(tries++, options.random) : null
    if (delay !== null) timer = clock.setTimer(open, delay)
    go('reconnecting', reason, { code, message }, delay)
  }
  const finish = (status: 'closed' | 'failed', reason: ConnectionReason, error: ConnectionError | null) => {
    halt(true)
    resume = null
    go(status, reason, error)
  }
  const expect = (what: string) => {
    clock.clearTimer(timer)
    startedAt = clock.now()
    timer = clock.setTimer(() => drop('timeout', `${what} took too long`), options.connectTimeoutMs)
  }
  const hello = async () => {
    const mine = ++attempt
    expect('The welcome')
    try {
      const value = typeof token === 'function' ? await token() : token
      if (mine !== attempt) return
      const message = { type: 'hello', version: PROTOCOL_VERSION, token: value, ...options.hello() } as const
      link?.send(resume === null ? message : { ...message, resume })
    } catch (error) {
      if (mine === attempt) drop('unavailable', `The token provider failed: ${error}`)
    }
  }
  /** One attempt: opens an owned transport anew, says hello on a borrowed one that is open. */
  const open = () => {
    if (link && !owned) {
      if (isOpen) void hello()
      return
    }
    halt()
    if (owned) expect('Opening the transport')
    link = transport.open({
      onOpen() {
        isOpen = true
        if (is('connecting', 'reconnecting')) void hello()
      },
      onMessage,
      onClose(reason) {
        isOpen = false
        if (is('connecting', 'connected', 'reconnecting')) drop('transport-closed', reason)
      },
    })
  }
  const retry = (reason: ConnectionReason, error = state.lastError) => {
    halt()
    open()
    go(is('connecting') ? 'connecting' : 'reconnecting', reason, error)
  }
  const check = () => {
    if (verifying !== undefined || !is('connected')) return
    verifying = clock.setTimer(
      () => retry('silent', { code: 'silent', message: 'The server did not answer' }),
      options.verifyTimeoutMs,
    )
    // The least a server can be asked; any answer will do.
    requests.ask({ type: 'query', query: { kind: 'users', userIds: [] } }, (error) => {
      if (error === LOST) return
      clock.clearTimer(verifying)
      verifying = undefined
    })
  }
  const refreshToken = async () => {
    try {
      const value = typeof token === 'function' ? await token() : null
      if (value !== null) send({ type: 'token', token: value })
    } catch {
      // The server ends what expired, and the next hello asks again.
    }
  }
  const refused = ({ code, message, retryAfterMs }: ErrorMessage) => {
    if (code === 'ended') finish('closed', 'sign-out', { code, message })
    else if (!FINAL_ERRORS.includes(code)) drop('unavailable', message, retryAfterMs, code)
    else finish('failed', code === FINAL_ERRORS[0] ? 'authentication-error' : 'rejected', { code, message })
  }
  const welcomed = (welcome: Welcome) => {
    // A hello that was given up, and answered after all, is followed by the welcome of the one after it.
    if (is('connected')) {
      options.onDown()
      requests.lose()
    }
    halt(false)
    resume = welcome.resume
    pingEveryMs = welcome.pingEveryMs
    if (!is('connected')) move('connected', 'welcome', null)
    options.onWelcome(welcome)
    options.onState()
  }
  const onMessage = (message: unknown) => {
    heardAt = clock.now()
    const isTrying = is('connecting', 'reconnecting')
    const isConnected = is('connected')
    if (!isServerMessage(message)) {
      badMessages++
    } else if (message.type === 'ping') {
      link?.send({ type: 'pong', n: message.n })
    } else if (!isTrying && !isConnected) {
      // The last words of what we left.
    } else if (message.type === 'welcome') {
      welcomed(message)
    } else if (message.type === 'bye') {
      const { reason, message: text = reason, retryAfterMs } = message
      if (FINAL_BYES.includes(reason)) finish('closed', reason, { code: reason, message: text })
      else drop(reason, text, retryAfterMs)
    } else if (
      message.type === 'error' &&
      (message.id === undefined ? isTrying || message.code === FINAL_ERRORS[0] : message.code === 'no-connection')
    ) {
      refused(message)
    } else if (isTrying) {
      // Nothing else can be meant for us yet.
    } else if (message.type === 'expiring') {
      void refreshToken()
    } else if ((message.type !== 'ack' && message.type !== 'error') || !requests.answer(message)) {
      options.onMessage(message)
    }
  }
  const wake = () => {
    if (is('connected')) {
      if (isPast(heardAt, RECENT_MS)) check()
      return
    }
    const isTrying = is('connecting', 'reconnecting') && (owned || isOpen)
    const isRipe = state.retryAt === null ? isPast(startedAt, RECENT_MS) : isPast(wokenAt, SAME_WAKE_MS)
    if (!is('suspended') && !(isTrying && isRipe)) return
    wokenAt = clock.now()
    retry('wake-up')
  }
  return {
    get state() {
      return state
    },
    get badMessages() {
      return badMessages
    },
    get resume() {
      return resume
    },
    set resume(value) {
      resume = value
    },
    send,
    ask: requests.ask,
    connect() {
      if (!is('idle', 'closed', 'failed')) return
      tries = 0
      open()
      go('connecting', 'connect', null)
    },
    wake,
    check,
    pulse(slept) {
      if (slept ? is('connected') : pingEveryMs && isPast(heardAt, 2 * pingEveryMs)) check()
      else if (slept && !is('suspended')) wake()
    },
    suspend(reason) {
      if (!is('connecting', 'connected', 'reconnecting')) return
      // A borrowed transport is not ours to close when script stops; whether it lived through that shows at the wake-up.
      if (reason === 'page-frozen' && !owned) return
      send({ type: 'hint' })
      halt()
      go('suspended', reason)
    },
    close(reason) {
      if (is('closed')) return
      send({ type: 'leave', scope: reason === 'logout' ? 'session' : 'connection' })
      finish('closed', reason, null)
    },
  }
}
