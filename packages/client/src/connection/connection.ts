import {
  type ClientMessage,
  isServerMessage,
  PROTOCOL_VERSION,
  type ServerMessage,
  type TransportLink,
} from '@rollcall/core/protocol'
import { backoffMs } from './backoff.ts'
import type { Connection, ConnectionParts, Welcome } from './connection-contract.ts'
import { type Kept, keep, takeKept } from './kept.ts'
import { createOutage } from './outage.ts'
import { createRequests, LOST } from './requests.ts'
import { type ConnectionError, type ConnectionReason, type ConnectionStatus, initialState } from './state.ts'

/** A connection that stood this long starts back-off and trouble anew. */
const STABLE_MS = 10_000
/** A server heard this lately is there, an attempt this young is let be by a wake-up. */
const RECENT_MS = 3000
/** Wake-ups this close together are one. */
const SAME_WAKE_MS = 1000

const UNAUTHENTICATED = 'authentication-error'
const FINAL_ERRORS = [UNAUTHENTICATED, 'bad-message', 'limit-exceeded']
const PASSING_BYES = ['draining', 'overloaded', 'cut-off']

export function createConnection(parts: ConnectionParts): Connection {
  const { transport, token, clock, storage, onState } = parts
  const { owned } = transport
  const [connectMs, verifyMs, showMs] = parts.waits
  let link: TransportLink | undefined
  let isOpen = false
  /** Whoever waited, and finds that this moved on, was overtaken. */
  let attempt = 0
  let tries = 0
  let timer: unknown
  let verifying: unknown
  let startedAt = 0
  let heardAt = 0
  let pingEveryMs = 0
  let badMessages = 0
  let kept: Kept = {}
  let state = initialState(clock.now())

  const is = (...statuses: ConnectionStatus[]) => statuses.includes(state.status)
  const isConnected = () => is('connected')
  const isTrying = (status = state.status) => status === 'connecting' || status === 'reconnecting'
  // The wall clock may be set back: then everything is long ago.
  const isPast = (since: number, ms: number) => Math.abs(clock.now() - since) >= ms
  const send = (message: ClientMessage) => isConnected() && !!link?.send(message)
  const { ask, answer, lose } = createRequests(send)
  const outage = createOutage(clock, showMs, () => {
    state = Object.freeze({ ...state, troubled: true })
    onState(state)
  })
  const getToken = async () => (typeof token === 'function' ? token() : token)

  const down = () => {
    parts.onDown()
    lose()
  }
  const move = (
    status: ConnectionStatus,
    reason: ConnectionReason,
    lastError: ConnectionError | null = state.lastError,
    retryInMs: number | null = null,
  ) => {
    const before = state
    const now = clock.now()
    const isDown = isTrying(status)
    if (isDown && !isTrying()) outage.begin(!isConnected() || isPast(before.since, STABLE_MS))
    else if (!isDown && isTrying()) outage.end()
    state = Object.freeze({
      status,
      reason,
      since: status === before.status ? before.since : now,
      retryInMs,
      retryAt: retryInMs === null ? null : now + retryInMs,
      lastError,
      troubled: isDown && before.troubled,
    })
    if (before.status === 'connected') down()
  }
  /** Comes last in whatever happens: who hears of it may call back in. */
  const go = (...to: Parameters<typeof move>) => {
    move(...to)
    onState(state)
  }
  const halt = (closes = owned) => {
    if (isConnected() && isPast(state.since, STABLE_MS)) tries = 0
    attempt++
    clock.clearTimer(timer)
    clock.clearTimer(verifying)
    verifying = undefined
    if (!closes) return
    link?.close()
    link = undefined
    isOpen = false
  }
  const drop = (reason: ConnectionReason, message: string = reason, afterMs = 0, code: string = reason) => {
    halt()
    // A borrowed transport that is closed comes back when its owner brings it back.
    const delayMs = owned || isOpen ? afterMs + backoffMs(tries++, parts.random) : null
    if (delayMs !== null) timer = clock.setTimer(() => retry(reason), delayMs)
    go('reconnecting', reason, { code, message }, delayMs)
  }
  const finish = (status: 'closed' | 'failed', reason: ConnectionReason, error: ConnectionError | null) => {
    halt(true)
    kept = {}
    go(status, reason, error)
  }
  const expectWelcome = () => {
    clock.clearTimer(timer)
    startedAt = clock.now()
    timer = clock.setTimer(() => drop('timeout'), connectMs)
  }
  const hello = () => {
    const mine = ++attempt
    expectWelcome()
    getToken().then(
      (value) => {
        if (mine !== attempt) return
        link?.send({ type: 'hello', version: PROTOCOL_VERSION, token: value, ...kept, ...parts.hello() })
      },
      (error) => {
        if (mine === attempt) drop('unavailable', `${error}`)
      },
    )
  }
  /** One attempt: opens an owned transport anew, says hello on a borrowed one that is open. */
  const open = () => {
    if (!link || owned) {
      halt()
      if (owned) expectWelcome()
      link = transport.open({
        onOpen() {
          const isMoved = isConnected()
          isOpen = true
          if (isMoved) halt(false)
          if (isMoved || isTrying()) hello()
          if (isMoved) go('reconnecting', 'transport-closed')
        },
        onMessage,
        onClose(reason) {
          isOpen = false
          if (isTrying() || isConnected()) drop('transport-closed', reason)
        },
      })
    } else if (isOpen) hello()
  }
  const retry = (reason: ConnectionReason) => {
    halt()
    open()
    go(is('connecting') ? 'connecting' : 'reconnecting', reason)
  }
  const check = () => {
    if (verifying || !isConnected()) return
    verifying = clock.setTimer(() => retry('silent'), verifyMs)
    // The least a server can be asked; any answer will do.
    ask({ type: 'query', query: { kind: 'users', userIds: [] } }, (error) => {
      if (error === LOST) return
      clock.clearTimer(verifying)
      verifying = undefined
    })
  }
  const wake = () => {
    if (isConnected()) {
      if (isPast(heardAt, RECENT_MS)) check()
    } else if (
      is('suspended') ||
      (isTrying() && (owned || isOpen) && isPast(startedAt, state.retryAt ? SAME_WAKE_MS : RECENT_MS))
    ) {
      takeKept(storage)
      retry('wake-up')
    }
  }
  const welcomed = (welcome: Welcome) => {
    halt(false)
    kept = welcome.resume === null ? {} : { resume: welcome.resume }
    pingEveryMs = welcome.pingEveryMs
    // A hello that was given up may be answered after all, before the one that followed it.
    if (isConnected()) down()
    else move('connected', 'welcome', null)
    parts.onWelcome(welcome)
    onState(state)
  }
  const onMessage = (message: unknown) => {
    heardAt = clock.now()
    if (!isServerMessage(message)) {
      badMessages++
    } else if (message.type === 'ping') {
      link?.send({ type: 'pong', n: message.n })
    } else if (!isTrying() && !isConnected()) {
      // The last words of what we left.
    } else if (message.type === 'welcome') {
      welcomed(message)
    } else if (message.type === 'bye') {
      const { reason, message: text = reason, retryAfterMs } = message
      if (PASSING_BYES.includes(reason)) drop(reason, text, retryAfterMs)
      else finish('closed', reason, { code: reason, message: text })
    } else if (message.type === 'error' && isFatal(message)) {
      const { code, message: text, retryAfterMs } = message
      if (!FINAL_ERRORS.includes(code)) drop('unavailable', text, retryAfterMs, code)
      else finish('failed', code === UNAUTHENTICATED ? code : 'rejected', { code, message: text })
    } else if (isConnected()) {
      if (message.type === 'expiring') {
        getToken().then(
          (value) => value && send({ type: 'token', token: value }),
          // The server ends what expired, and the next hello asks again.
          () => {},
        )
      } else if (!answer(message)) parts.onMessage(message)
    }
  }
  /** Whether there is no connection because of it. */
  const isFatal = ({ id, code, retryAfterMs }: Extract<ServerMessage, { type: 'error' }>) =>
    code === 'no-connection'
      ? isConnected()
      : id === undefined && (code === UNAUTHENTICATED || (isTrying() && (retryAfterMs || FINAL_ERRORS.includes(code))))
  return {
    state: () => state,
    badMessages: () => badMessages,
    send,
    ask,
    connect() {
      if (!is('idle', 'closed', 'failed')) return
      kept = { ...takeKept(storage), ...kept }
      tries = 0
      open()
      go('connecting', 'connect', null)
    },
    wake,
    check,
    pulse(slept) {
      if (isConnected()) {
        if (slept || (pingEveryMs && isPast(heardAt, 2 * pingEveryMs))) check()
      } else if (slept && isTrying()) wake()
    },
    suspend(reason) {
      if ((!isTrying() && !isConnected()) || (!owned && reason === 'page-frozen')) return
      if (reason === 'page-hidden' && kept.resume) keep(storage, { ...kept, ...parts.hello() })
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
