import { createServer } from 'node:http'
import { attachSocketIO } from '@rollcall/adapter-socketio'
import { createPresence, memoryStore } from '@rollcall/core'
import { Server } from 'socket.io'
import { createServer as createVite } from 'vite'

const http = createServer((request, response) => vite.middlewares(request, response))
const vite = await createVite({ server: { middlewareMode: true, hmr: { server: http } } }) // serves page.tsx
const io = new Server(http)

const presence = createPresence({ store: memoryStore() })
await presence.start()
await attachSocketIO(io, presence, {
  // Your own check of the token goes here: whoever it does not know is refused with null.
  authenticate: ({ token }) => (token ? { userId: token } : null),
})
presence.on('change', ({ userId, from, to, cause }) => console.log(userId, from.status, '→', to.status, `(${cause})`))

const port = Number(process.env.PORT ?? 3000)
http.listen(port, () => console.log(`http://localhost:${port}/?as=ada and, in a second window, /?as=grace`))
