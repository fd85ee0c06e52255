import { PresenceError } from '@rollcall/core'
import { type Commands, callWithin, commandsOf, type Deadline } from './commands.ts'
import type { RedisConnection, RedisDriver, Role } from './driver/driver.ts'

/** Calls of a store on one connection, made when it is first needed. */
export interface Caller {
  /** Does some work once the server is known to be fit for it; rejects in time. */
  call<T>(what: string, work: (commands: Commands) => Promise<T>): Promise<T>
  close(): void
}

export interface CallerOptions {
  readonly driver: RedisDriver
  readonly role: Role
  readonly timeoutMs: number
  /** Rejects unless the server is fit for what it is needed for. */
  check(connection: RedisConnection, commands: Commands): Promise<void>
}

export function createCaller({ driver, role, timeoutMs, check }: CallerOptions): Caller {
  let connection: RedisConnection | null = null
  let isFit = false
  let checking: Promise<void> | null = null
  let isClosed = false

  /** Once for all calls that come meanwhile; again after it failed. */
  const beFit = (made: RedisConnection, commands: Commands): Promise<void> => {
    checking ??= made
      .ready()
      .then(() => check(made, commands))
      .then(() => {
        isFit = true
      })
      .finally(() => {
        checking = null
      })
    return checking
  }
  return {
    async call(what, work) {
      if (isClosed) throw new PresenceError('not-running', 'the Redis store was closed')
      connection ??= driver.connect(role)
      const made = connection
      const run = async (deadline: Deadline) => {
        const commands = commandsOf(made, deadline)
        if (!isFit) await beFit(made, commands)
        return work(commands)
      }
      return callWithin(made, timeoutMs, what, run, () => {
        if (connection !== made) return
        connection = null
        made.close()
      })
    },
    close() {
      isClosed = true
      connection?.close()
    },
  }
}
