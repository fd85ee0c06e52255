/** The program of one node: an application's server process, led by a test over IPC. `node node-process.ts SETTINGS` */
import { once } from 'node:events'
import { createServer } from 'node:http'
import { createPresence, type HeldConnection, isPresenceError, type Presence, type Status } from '@rollcall/core'
import {
  type Answer,
  type NodeCommands,
  type NodeReport,
  type NodeSettings,
  type Request,
  SPACE,
  type Standing,
} from './node-protocol.ts'
import { openStore } from './stores.ts'

const settings: NodeSettings = JSON.parse(process.argv[2] ?? '')
const say = (message: NodeReport | Answer) => process.connected && process.send?.(message)
const at = () => Date.now()

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, (error: unknown) => {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    say({ type: 'threw', at: at(), message: `${event}: ${message}` })
  })
}

const { store, close } = await openStore(settings.place, settings.timeoutMs)
const presence = createPresence({ store, policy: settings.policy })
reportOn(presence)
await presence.start()
const clients = settings.port === undefined ? null : await serveClients(presence, settings.port)
const commands = commandsOn(presence)

process.on('message', ({ id, command, args }: Request) => {
  Promise.resolve()
    .then(() => (commands[command] as (...args: readonly unknown[]) => unknown)(...args))
    .then(
      (value) => say({ type: 'answer', id, value }),
      (error: unknown) => {
        const code = isPresenceError(error) ? error.code : null
        say({ type: 'failure', id, code, message: String(error) })
      },
    )
})
// A test that is gone takes its nodes with it.
process.on('disconnect', () => process.exit())
process.once('SIGTERM', async () => {
  clients?.refuseNew()
  await presence.stop()
  await clients?.close()
  await close()
  process.exit()
})
say({ type: 'ready' })

function reportOn(presence: Presence): void {
  presence
    .on('change', ({ userId, from, to, cause, epoch, version }) =>
      say({ type: 'change', at: at(), userId, from: from.status, to: to.status, cause, epoch, version }),
    )
    .on('freshness', (freshness) => say({ type: 'freshness', at: at(), ...freshness }))
    .on('sweep', (result) => say({ type: 'swept', at: at(), result }))
    .on('error', ({ code, message }) => say({ type: 'error', at: at(), code, message }))
}

function commandsOn(presence: Presence): NodeCommands {
  const connections = new Map<string, HeldConnection>()
  const held = (connectionId: string): HeldConnection => {
    const connection = connections.get(connectionId)
    if (connection === undefined) throw new Error(`this node does not hold ${connectionId}`)
    return connection
  }
  return {
    async open({ userId, connectionId, resume = null }) {
      const viewer = presence.viewerOf({ userId, spaces: [SPACE] }, connectionId)
      const spaces = [{ space: SPACE, state: null }]
      const { connection, resumed, resumeToken } = await presence.open({
        viewer,
        connectionId,
        spaces,
        instance: `page of ${userId}`,
        resume,
        invisible: null,
        listener: {
          onSelf() {},
          onEnded: (reason) => say({ type: 'ended', at: at(), connectionId, reason }),
          probe: async () => true,
          describe: () => ({ viewer, spaces }),
        },
      })
      connections.set(connectionId, connection)
      return { resumed, resumeToken }
    },
    leave: (connectionId) => held(connectionId).leave(),
    lose: (connectionId) => held(connectionId).lost(),
    activity: (connectionId) => held(connectionId).activity(),
    claim: (userId, status) => presence.claim(userId, { source: 'manual', status }),
    status: async (userId) => (await presence.get(userId)).status,
    async list() {
      const found: Standing[] = []
      let cursor: string | null = null
      do {
        const page: Awaited<ReturnType<Presence['list']>> = await presence.list({ space: SPACE, limit: 1000, cursor })
        found.push(...page.users.map(({ userId, status }): Standing => [userId, status]))
        cursor = page.next
      } while (cursor !== null)
      return found
    },
    count: () => presence.count({ space: SPACE }),
    async watch() {
      const see = (set: readonly { userId: string; status: Status }[], gone: readonly string[]) => {
        const shown = set.map(({ userId, status }): Standing => [userId, status])
        say({ type: 'seen', at: at(), users: [...shown, ...gone.map((userId): Standing => [userId, 'offline'])] })
      }
      const group = presence.watchers({
        broadcast(_room, message) {
          if (message.type === 'freshness') say({ type: 'told', at: at(), stale: message.stale })
          if (message.type === 'diff') see(message.set, message.gone)
        },
      })
      await group.watch(`space:${SPACE}`, 'others', null, (_room, first) => {
        if ('snapshot' in first) see(first.snapshot.users, [])
      })
    },
    sweep: () => presence.sweep(),
    state: () => ({ nodeId: presence.nodeId, held: presence.held, freshness: presence.freshness }),
  }
}

/** Serves real clients; loaded only where there are any. */
async function serveClients(presence: Presence, port: number) {
  const [{ attachSocketIO }, { Server }] = await Promise.all([
    import('@rollcall/adapter-socketio'),
    import('socket.io'),
  ])
  const http = createServer()
  const io = new Server(http, { transports: ['websocket'] })
  await attachSocketIO(io, presence, {
    authenticate: ({ token }) => (token ? { userId: token, spaces: [SPACE] } : null),
  })
  http.listen(port, '127.0.0.1')
  await once(http, 'listening')
  return {
    /** Whoever is here stays. */
    refuseNew: () => http.close(),
    close: () => io.close(),
  }
}
