import { type Duration, PresenceError, toMs } from '@rollcall/core'

export interface RedisStoreOptions {
  /**
   * Begins every key and channel, so that several applications may share a server. Printable, without braces, at most
   * 64 characters. All processes of one application give the same. @default 'rollcall'
   */
  readonly prefix?: string
  /**
   * Parts that users are divided into; each lies in one slot of a Cluster. From 1 to 1024, the same in all processes;
   * data that lies there with another number is refused. @default 64
   */
  readonly partitions?: number
  /**
   * Every call is answered or rejected within this time. Shorter than the `nodeLease` of the engine: a sixth of it, so
   * that what was sent under a lease arrives under it. @default '5s'
   */
  readonly timeout?: Duration
  /**
   * Whether the server keeps its data when it restarts (`appendonly yes`). Without it a store found empty makes the
   * nodes wait for each other before anybody is shown offline. @default false
   */
  readonly durable?: boolean
  /** A record that takes more bytes is refused with `limit-exceeded`. @default 1 MiB */
  readonly maxRecordBytes?: number
  /** Is told what does not keep the store from working, once each. @default `process.emitWarning` where there is one */
  readonly onWarning?: (message: string) => void
}

export type Settings = Readonly<Required<Omit<RedisStoreOptions, 'timeout'>>> & { readonly timeoutMs: number }

const MAX_PARTITIONS = 1024
const MAX_PREFIX = 64
const MAX_TIMEOUT_MS = 60_000

export function settingsOf(options: RedisStoreOptions): Settings {
  const { prefix = 'rollcall', partitions = 64, durable = false, maxRecordBytes = 1024 * 1024 } = options
  const { onWarning = warn } = options
  if (
    typeof prefix !== 'string' ||
    prefix.length > MAX_PREFIX ||
    !/^[\x20-\x7e]*$/.test(prefix) ||
    /[{}]/.test(prefix)
  ) {
    throw new PresenceError(
      'invalid-option',
      `prefix is ${JSON.stringify(prefix)}; give up to ${MAX_PREFIX} printable ASCII characters without { and }, which would decide the slot`,
      { prefix },
    )
  }
  demand('partitions', partitions, 1, MAX_PARTITIONS)
  demand('maxRecordBytes', maxRecordBytes, 1024, 2 ** 29)
  const timeoutMs = toMs(options.timeout ?? '5s', 'timeout')
  demand('timeout (in ms)', timeoutMs, 1, MAX_TIMEOUT_MS)
  return { prefix, partitions, durable, maxRecordBytes, timeoutMs, onWarning }
}

function demand(name: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return
  throw new PresenceError('invalid-option', `${name} is ${value}; give a whole number from ${min} to ${max}`, {
    [name]: value,
    min,
    max,
  })
}

function warn(message: string): void {
  globalThis.process?.emitWarning?.(message, 'RollcallWarning')
}
