import { createServer } from 'node:http'
import { attachSocketIO } from '@rollcall/adapter-socketio'
import { createPresence, memoryStore } from '@rollcall/core'
import { Server } from 'socket.io'
import { type AppServer, attachChat } from './server/chat.ts'
import { createColleagues } from './server/colleagues/colleagues.ts'
import { createHistory } from './server/history.ts'
import { httpApi } from './server/http-api.ts'
import { listen } from './server/listen.ts'
import { attachLiveEvents, identifyMembers } from './server/live-events.ts'
import { routes } from './server/routes.ts'
import { settings } from './server/settings.ts'
import { staticFiles } from './server/static-files.ts'
import { createTokens } from './server/tokens.ts'
import { PEOPLE, spacesOf } from './shared/directory.ts'

const tokens = createTokens(settings.secret, settings.tokenMs)
const members = new Set(PEOPLE.map(({ id }) => `user:${id}`))

const presence = createPresence({
  store: memoryStore(),
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

const { idleAfterMs, graceMs } = presence.policy
const history = createHistory(presence)
const colleagues = createColleagues({ url: () => url, tokens, idleAfterMs, graceMs })
attachChat(io)
attachLiveEvents(io, history, colleagues)
const answerApi = httpApi(routes({ presence, tokens, history, colleagues }), tokens.verify)
const answerFile = staticFiles(new URL('./dist/', import.meta.url))
const url = await listen(http, settings.port)
if (settings.colleagues) colleagues.toggleAll(true)
console.log(`rollcall demo ready at ${url}`)

async function stop() {
  colleagues.toggleAll(false)
  await presence.stop()
  await io.close()
}
process.once('SIGTERM', stop)
process.once('SIGINT', stop)
