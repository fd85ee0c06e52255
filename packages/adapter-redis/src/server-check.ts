import { PresenceError } from '@rollcall/core'

/** Sharded channels, and scripts that publish to them, came with this version. */
const OLDEST_MAJOR = 7

/** What is wrong with a server that nobody can work on for long; says nothing of a server that is well. */
export function checkServer(info: string): void {
  const fields = new Map(
    info.split(/\r?\n/).flatMap((line): [string, string][] => {
      const colon = line.indexOf(':')
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]]
    }),
  )
  const isValkey = fields.has('valkey_version')
  const version = fields.get('valkey_version') ?? fields.get('redis_version') ?? ''
  const major = Number.parseInt(version, 10)
  if (Number.isNaN(major) || major < OLDEST_MAJOR) {
    throw new PresenceError(
      'invalid-option',
      `the server is ${isValkey ? 'Valkey' : 'Redis'} ${version || 'of an unknown version'}; rollcall needs Redis 7.0 or Valkey 8: update it`,
      { version, oldest: `${OLDEST_MAJOR}.0` },
    )
  }
  const maxmemory = Number(fields.get('maxmemory') ?? 0)
  const policy = fields.get('maxmemory_policy') ?? 'noeviction'
  if (maxmemory > 0 && policy !== 'noeviction') {
    throw new PresenceError(
      'invalid-option',
      `the server may evict keys (maxmemory ${maxmemory}, maxmemory-policy ${policy}), and users would be lost without a trace: set maxmemory-policy noeviction, or use a server of its own for presence`,
      { maxmemory, policy },
    )
  }
}
