import { PresenceError } from '@rollcall/core'
import { type Commands, commandsOf } from './commands.ts'
import { callWithin } from './deadline.ts'
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
  check(commands: Commands): Promise<void>
}

export function createCaller({ driver, role, timeoutMs, check }: CallerOptions): Caller {
  const open = new Set<RedisConnection>()
  let connection: RedisConnection | null = null
  let isReplacing = false
  let isFit = false
  let checking: Promise<void> | null = null
  let isClosed = false

  const connect = (): RedisConnection => {
    const made = driver.connect(role)
    open.add(made)
    return made
  }
  const close = (given: RedisConnection) => {
    open.delete(given)
    given.close()
  }
  const giveUp = (mute: RedisConnection) => {
    if (connection !== mute) return
    if (driver.isCluster) return replace(mute)
    connection = null
    checking = null
    close(mute)
  }
  /** Other shards of a Cluster may be well: the new connection has to stand first, and the old one ends what is under way. */
  const replace = (mute: RedisConnection) => {
    if (isReplacing) return
    isReplacing = true
    const made = connect()
    callWithin(made, timeoutMs, 'a connection', made.ready)
      .then(
        () => {
          connection = made
          setTimeout(close, timeoutMs, mute).unref()
        },
        () => close(made),
      )
      .finally(() => {
        isReplacing = false
      })
  }
  /** Once for all calls that come meanwhile; again after it failed. Has a time of its own, for none of them began it alone. */
  const beFit = (made: RedisConnection): Promise<void> => {
    if (checking !== null) return checking
    const begun = callWithin(
      made,
      timeoutMs,
      'what server it is',
      async (deadline) => {
        await check(commandsOf(made, deadline))
        isFit = true
      },
      () => giveUp(made),
    )
    const end = () => {
      if (checking === begun) checking = null
    }
    begun.then(end, end)
    checking = begun
    return begun
  }
  return {
    async call(what, work) {
      if (isClosed) throw new PresenceError('not-running', 'the Redis store was closed')
      connection ??= connect()
      const made = connection
      return callWithin(
        made,
        timeoutMs,
        what,
        async (deadline) => {
          await made.ready(deadline)
          if (!isFit) await beFit(made)
          return work(commandsOf(made, deadline))
        },
        () => giveUp(made),
      )
    },
    close() {
      isClosed = true
      for (const each of open) close(each)
    },
  }
}
