import { PresenceError } from '@rollcall/core'
import type { Deadline } from './deadline.ts'
import type { RedisConnection } from './driver/driver.ts'
import { SCRIPTS } from './lua.generated.ts'

export type ScriptName = keyof typeof SCRIPTS

/** Commands of one call, which ends in time. */
export interface Commands {
  /** What `INFO` says on each master. */
  describe(): Promise<readonly string[]>
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

export function commandsOf(connection: RedisConnection, deadline: Deadline): Commands {
  const attempt = async <T>(send: () => Promise<T>): Promise<T> => {
    for (let attempts = 0; ; attempts++) {
      await connection.ready(deadline)
      // Nobody waits for it any more, and the lease may be over.
      if (deadline.isOver) throw new PresenceError('unavailable', 'the time to ask Redis is over')
      deadline.unanswered++
      try {
        return await send()
      } catch (error) {
        if (deadline.isOver || !mayBeRepeated(error)) throw error
        if (NOT_NOW.test(error.message)) deadline.refusal = error
      } finally {
        deadline.unanswered--
      }
      await pause(RETRY_MS[Math.min(attempts, RETRY_MS.length - 1)] as number)
    }
  }
  return {
    describe: () => attempt(connection.describe),
    send: (key, command) => attempt(() => connection.send(key, command)),
    run(name, keys, args) {
      const { sha, source } = SCRIPTS[name]
      const rest = [String(keys.length), ...keys, ...args]
      const key = keys[0] as string
      return attempt(() =>
        connection.send(key, ['EVALSHA', sha, ...rest]).catch((error) => {
          // The server was restarted, its scripts were flushed, or it never ran this one.
          if (deadline.isOver || !String((error as Error)?.message).startsWith('NOSCRIPT')) throw error
          return connection.send(key, ['EVAL', source, ...rest])
        }),
      )
    },
  }
}

function mayBeRepeated(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  return NOT_NOW.test(error.message) || NOT_SENT.test(error.message) || NOT_SENT_NAMES.includes(error.constructor.name)
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
