import { PresenceError } from '@rollcall/core'
import type { RedisConnection } from './driver/driver.ts'
import { SCRIPTS } from './lua.generated.ts'

export type ScriptName = keyof typeof SCRIPTS

/** Commands of one call, which ends in time. */
export interface Commands {
  /** Sends one command to where `key` lies. */
  send(key: string, command: readonly string[]): Promise<unknown>
  /** Runs a script where its first key lies; all keys lie in one slot, or there is only one server. */
  run(script: ScriptName, keys: readonly string[], args: readonly string[]): Promise<unknown>
}

/** Answers that say that nothing was executed, and that it soon may be. */
const NOT_NOW = /^(TRYAGAIN|CLUSTERDOWN|LOADING|MASTERDOWN|MOVED|ASK|READONLY|BUSY) |^Too many Cluster redirections/
/** Errors of drivers that say that nothing was sent. */
const NOT_SENT = /enableOfflineQueue options is false|No sharded subscriber|No subscriber for the cluster/
const NOT_SENT_NAMES = ['ClientOfflineError', 'ClientClosedError']
const RETRY_MS = [20, 50, 100, 200] as const

export interface Deadline {
  isOver: boolean
}

/**
 * Does some work within `timeoutMs`, and rejects with `unavailable` if it fails or is late. What is late may have been
 * executed, or may still be: but nothing is sent after the deadline. `onMute` is called when a connection that stands was late.
 */
export function callWithin<T>(
  connection: Pick<RedisConnection, 'lastError' | 'isReady'>,
  timeoutMs: number,
  what: string,
  work: (deadline: Deadline) => Promise<T>,
  onMute: () => void = () => {},
): Promise<T> {
  const deadline: Deadline = { isOver: false }
  return new Promise<T>((resolve, reject) => {
    const timer = setTimeout(() => {
      deadline.isOver = true
      // A connection that takes what is sent and answers nothing may do so for a quarter of an hour.
      if (connection.isReady()) onMute()
      const cause = connection.lastError()
      const reason = cause instanceof Error ? `: ${cause.message || cause.name}` : ''
      const message = `Redis did not answer ${what} within ${timeoutMs} ms${reason}`
      reject(new PresenceError('unavailable', message, { timeoutMs }, cause ?? undefined))
    }, timeoutMs)
    work(deadline).then(
      (result) => {
        clearTimeout(timer)
        resolve(result)
      },
      (error) => {
        clearTimeout(timer)
        deadline.isOver = true
        reject(failureOf(error, what))
      },
    )
  })
}

function failureOf(error: unknown, what: string): unknown {
  if (error instanceof PresenceError) return error
  const reason = error instanceof Error ? error.message || error.name : String(error)
  return new PresenceError('unavailable', `Redis failed at ${what}: ${reason}`, {}, error)
}

export function commandsOf(connection: RedisConnection, deadline: Deadline): Commands {
  const attempt = async (send: () => Promise<unknown>): Promise<unknown> => {
    for (let attempts = 0; ; attempts++) {
      await connection.ready()
      // Nobody waits for it any more, and the lease may be over.
      if (deadline.isOver) return new Promise(() => {})
      try {
        return await send()
      } catch (error) {
        if (deadline.isOver || !mayBeRepeated(error)) throw error
        await pause(RETRY_MS[Math.min(attempts, RETRY_MS.length - 1)] as number)
      }
    }
  }
  return {
    send: (key, command) => attempt(() => connection.send(key, command)),
    run(name, keys, args) {
      const { sha, source } = SCRIPTS[name]
      const rest = [String(keys.length), ...keys, ...args]
      const key = keys[0] as string
      return attempt(() =>
        connection.send(key, ['EVALSHA', sha, ...rest]).catch((error) => {
          // The server was restarted, its scripts were flushed, or it never ran this one.
          if (!String((error as Error)?.message).startsWith('NOSCRIPT')) throw error
          return connection.send(key, ['EVAL', source, ...rest])
        }),
      )
    },
  }
}

function mayBeRepeated(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return NOT_NOW.test(error.message) || NOT_SENT.test(error.message) || NOT_SENT_NAMES.includes(error.constructor.name)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
