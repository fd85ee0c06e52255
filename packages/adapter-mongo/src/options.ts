import { type Duration, PresenceError, toMs } from '@rollcall/core'

/** Where the store keeps its collections. */
export interface CollectionOptions {
  /** Begins the names of the store's collections: `presence_users`, `presence_nodes`, `presence_feed`. @default 'presence' */
  readonly prefix?: string
}

/** What {@link mongoStore} takes besides the database. */
export interface MongoStoreOptions extends CollectionOptions {
  /**
   * How changes reach other processes. Change streams need a replica set (one member is enough), and not through
   * mongos; any other server is asked every `pollEvery`. Chosen here and not found out, so that the capabilities are known
   * before the first call; a choice the server cannot serve is an error at the first use.
   * @default 'change-stream'
   */
  readonly feed?: 'change-stream' | { readonly pollEvery: Duration }
  /** Within this time every call settles. Must be below the engine's `nodeLease`. @default '5s' */
  readonly timeout?: Duration
}

/** Options with every default filled in. */
export interface StoreSettings {
  readonly prefix: string
  /** `null`: change streams. */
  readonly pollEveryMs: number | null
  readonly timeoutMs: number
}

const MAX_PREFIX = 100
/** What a poll may miss is kept for minutes; a poll must come round long before. */
const MAX_POLL_MS = 60_000

export function resolveOptions({ feed = 'change-stream', timeout = '5s', ...rest }: MongoStoreOptions): StoreSettings {
  const timeoutMs = toMs(timeout, 'timeout')
  if (timeoutMs <= 0 || timeoutMs > MAX_POLL_MS) {
    throw new PresenceError('invalid-option', `timeout is ${timeoutMs} ms; give more than 0 and up to ${MAX_POLL_MS}`, {
      option: 'timeout',
      value: timeoutMs,
      limit: MAX_POLL_MS,
    })
  }
  return { prefix: prefixOf(rest), pollEveryMs: pollEveryOf(feed), timeoutMs }
}

export function prefixOf({ prefix = 'presence' }: CollectionOptions): string {
  if (typeof prefix !== 'string' || !/^[A-Za-z_][\w.-]*$/.test(prefix) || prefix.startsWith('system.')) {
    throw new PresenceError(
      'invalid-option',
      `prefix is ${JSON.stringify(prefix)}; give letters, digits, dots, hyphens and underscores that begin with a letter`,
      { option: 'prefix', value: prefix },
    )
  }
  if (prefix.length > MAX_PREFIX) {
    throw new PresenceError('invalid-option', `prefix has ${prefix.length} characters; at most ${MAX_PREFIX}`, {
      option: 'prefix',
      value: prefix,
      limit: MAX_PREFIX,
    })
  }
  return prefix
}

function pollEveryOf(feed: MongoStoreOptions['feed']): number | null {
  if (feed === 'change-stream') return null
  const given: unknown = typeof feed === 'object' && feed !== null ? feed.pollEvery : undefined
  if (given === undefined) {
    throw new PresenceError(
      'invalid-option',
      `feed is ${JSON.stringify(feed)}; give 'change-stream' or { pollEvery: '1s' }`,
      { option: 'feed', value: feed },
    )
  }
  const everyMs = toMs(given as Duration, 'feed.pollEvery')
  if (everyMs <= 0 || everyMs > MAX_POLL_MS) {
    throw new PresenceError(
      'invalid-option',
      `feed.pollEvery is ${everyMs} ms; give more than 0 and up to ${MAX_POLL_MS}`,
      { option: 'feed.pollEvery', value: everyMs, limit: MAX_POLL_MS },
    )
  }
  return everyMs
}
