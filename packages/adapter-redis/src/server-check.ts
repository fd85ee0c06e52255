import { PresenceError } from '@rollcall/core'
import type { Commands } from './commands.ts'
import { LAYOUT, type Layout } from './layout.ts'
import type { Settings } from './options.ts'

/** Sharded channels, and scripts that publish to them, came with this version. */
const OLDEST_MAJOR = 7

/** What `INFO` says, by name. */
type Info = ReadonlyMap<string, string>

function parseInfo(info: string): Info {
  return new Map(
    info.split(/\r?\n/).flatMap((line): [string, string][] => {
      const colon = line.indexOf(':')
      return colon < 0 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]]
    }),
  )
}

/** What each master says of itself; nothing, and a warning, where the user of the client may not ask. */
export async function askServers(commands: Commands, onWarning: (message: string) => void): Promise<readonly Info[]> {
  try {
    return (await commands.describe()).map(parseInfo)
  } catch (error) {
    if (!/^NOPERM/.test(String((error as Error)?.message))) throw error
    onWarning(
      'rollcall may not ask the Redis server for INFO: see to it that it is version 7 or newer, and that maxmemory-policy is noeviction',
    )
    return []
  }
}

/** Refuses a server that knows no sharded channels. */
export function checkVersion(fields: Info): void {
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
}

/** Refuses a server that forgets what it likes. */
export function checkEviction(fields: Info): void {
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

/** Refuses data that another version, or another number of partitions, left under the prefix. */
export async function checkLayout(commands: Commands, layout: Layout, settings: Settings): Promise<void> {
  const { prefix, partitions: wanted } = settings
  const standing = await commands.run('open', [layout.state], [String(LAYOUT), String(wanted)])
  const [known, partitions] = standing as readonly string[]
  if (known !== String(LAYOUT)) {
    throw new PresenceError(
      'newer-record',
      `what lies under the prefix ${JSON.stringify(prefix)} has layout ${known}; this version knows ${LAYOUT}: update @rollcall/adapter-redis, or give another prefix`,
      { layout: known, known: LAYOUT, prefix },
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
