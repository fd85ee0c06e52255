import { PresenceError } from '@rollcall/core'
import { type Commands, callWithin, commandsOf } from './commands.ts'
import type { RedisConnection, RedisDriver } from './driver/driver.ts'
import { LAYOUT, type Layout } from './layout.ts'
import type { Settings } from './options.ts'
import { checkServer } from './server-check.ts'

/** Calls of a store on one connection, made when it is first needed. */
export interface Caller {
  /** Does some work once the server is known to be fit for it; rejects in time. */
  call<T>(what: string, work: (commands: Commands) => Promise<T>): Promise<T>
  close(): void
}

export interface CallerOptions {
  readonly driver: RedisDriver
  readonly layout: Layout
  readonly settings: Settings
}

export function createCaller({ driver, layout, settings }: CallerOptions): Caller {
  let connection: RedisConnection | null = null
  let isFit = false
  let checking: Promise<void> | null = null
  let isClosed = false

  const check = async (made: RedisConnection, commands: Commands): Promise<void> => {
    await made.ready()
    let infos: readonly string[] = []
    try {
      infos = await driver.describe(made)
    } catch (error) {
      if (!/^NOPERM/.test(String((error as Error)?.message))) throw error
      settings.onWarning(
        'rollcall may not ask the Redis server for INFO: see to it that it is version 7 or newer, and that maxmemory-policy is noeviction',
      )
    }
    infos.forEach(checkServer)
    const standing = await commands.run('open', [layout.state], [String(LAYOUT), String(settings.partitions)])
    checkLayout(standing as readonly string[], settings)
    isFit = true
  }
  /** Once for all calls that come meanwhile; again after it failed. */
  const beFit = (made: RedisConnection, commands: Commands): Promise<void> => {
    checking ??= check(made, commands).finally(() => {
      checking = null
    })
    return checking
  }
  return {
    async call(what, work) {
      if (isClosed) throw new PresenceError('not-running', 'the Redis store was closed')
      connection ??= driver.connect()
      const made = connection
      return callWithin(made, settings.timeoutMs, what, async (deadline) => {
        const commands = commandsOf(made, deadline)
        if (!isFit) await beFit(made, commands)
        return work(commands)
      })
    },
    close() {
      isClosed = true
      connection?.close()
    },
  }
}

function checkLayout([layout, partitions]: readonly string[], { prefix, partitions: wanted }: Settings): void {
  if (layout !== String(LAYOUT)) {
    throw new PresenceError(
      'newer-record',
      `what lies under the prefix ${JSON.stringify(prefix)} has layout ${layout}; this version knows ${LAYOUT}: update @rollcall/adapter-redis, or give another prefix`,
      { layout, known: LAYOUT, prefix },
    )
  }
  if (partitions !== String(wanted)) {
    throw new PresenceError(
      'invalid-option',
      `what lies under the prefix ${JSON.stringify(prefix)} is divided into ${partitions} partitions, and the option says ${wanted}: give partitions ${partitions}, or another prefix`,
      { partitions: wanted, standing: Number(partitions), prefix },
    )
  }
}
