import { createServer } from 'node:http'
import { attachSocketIO } from '@rollcall/adapter-socketio'
import { createPresence } from '@rollcall/core'
import { Server } from 'socket.io'
import { type AppServer, attachChat } from './server/chat.ts'
import { colleaguesElsewhere, createColleagues } from './server/colleagues/colleagues.ts'
import { colleaguesRoute } from './server/colleagues/route.ts'
import { createHistory } from './server/history.ts'
import { httpApi } from './server/http-api.ts'
import { listen } from './server/listen.ts'
import { attachLiveEvents, identifyMembers } from './server/live-events.ts'
import { nodeRoutes } from './server/node-routes.ts'
import { createRelay } from './server/relay.ts'
import { routes } from './server/routes.ts'
import { settings } from './server/settings.ts'
import { staticFiles } from './server/static-files.ts'
import { openStore } from './server/stores.ts'
import { createTokens } from './server/tokens.ts'
import { PEOPLE, spacesOf } from './shared/directory.ts'
import type { NodeReady } from './shared/nodes.ts'

const relay = createRelay()
const tokens = createTokens(settings.secret, settings.tokenMs, relay)
const members = new Set(PEOPLE.map(({ id }) => `user:${id}`))
const database = await openStore(settings.store)

const presence = createPresence({
  store: database.store,
  policy: settings.policy,
  access: {
    isAdmin: ({ userId }) => PEOPLE.some(({ id, admin }) => id === userId && admin),
    // The directory lists colleagues who are not here, and who therefore stand in no space yet.
    canWatch: ({ spaces }, topic) => members.has(topic) || spaces.includes(topic.slice(topic.indexOf(':') + 1)),
  },
})
presence.on('error', (error) => console.error(`${error.code}: ${error.message}`))

const http = createServer(async (request, response) => {
  try {
    if (!(await answerApi(request, response))) await answerFile(request, response)
  } catch {
    // An address that is none, or a client that went away in the middle.
    if (!response.headersSent) response.writeHead(400)
    response.end()
  }
})
const io: AppServer = new Server(http)
identifyMembers(io, tokens)
await presence.start()
await attachSocketIO(io, presence, {
  authenticate: async ({ token }) => {
    const login = await tokens.verify(token)
    if (login === null) return null
    const { person, sessionId, expiresInMs } = login
    return { userId: person.id, sessionId, expiresInMs, spaces: spacesOf(person) }
  },
})

// With a front the simulated colleagues live there: they are to outlive any node.
const { node } = settings
const { idleAfterMs, graceMs } = presence.policy
const played = node === null ? createColleagues({ url: () => url, tokens, idleAfterMs, graceMs }) : null
const history = createHistory(presence, relay)
attachChat(io, relay)
attachLiveEvents(io, { history, colleagues: played ?? colleaguesElsewhere(relay), node })
const answerApi = httpApi(
  [
    ...routes({ presence, tokens, history, isNode: node !== null }),
    ...(played ? [colleaguesRoute(played)] : nodeRoutes(presence, database.store)),
  ],
  tokens.verify,
)
const answerFile = staticFiles(new URL('./dist/', import.meta.url))
const port = await listen(http, settings.port, node === null ? undefined : '127.0.0.1')
const url = `http://localhost:${port}`
if (settings.colleagues) played?.toggleAll(true)
if (node === null) console.log(`rollcall demo ready at ${url}`)
else process.send?.({ ready: { port, nodeId: presence.nodeId } } satisfies NodeReady)

let stopping = false
async function stop() {
  if (stopping) return
  stopping = true
  played?.toggleAll(false)
  await presence.stop()
  const closed = io.close()
  // Browsers open connections ahead of need: one without a request would keep the server for a minute.
  http.closeAllConnections()
  await closed
  await database.close()
  if (process.connected) process.disconnect()
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
// Nobody is left whom this node could serve.
process.once('disconnect', stop)
