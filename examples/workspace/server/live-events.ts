import { type AppServer, memberRoom } from './chat.ts'
import type { ColleaguesState } from './colleagues/colleagues.ts'
import type { History } from './history.ts'
import type { Tokens } from './tokens.ts'

const MEMBERS = 'members'
const ADMINS = 'admins'

/**
 * Names each socket's member for the application's own events. A bad token is not refused here: presence does that, and
 * tells the client why; such a socket just gets none of these events.
 */
export function identifyMembers(io: AppServer, tokens: Tokens): void {
  io.use(async (socket, next) => {
    const login = await tokens.verify(socket.handshake.auth.token)
    if (login !== null) socket.data.person = login.person
    next()
  })
}

interface Sources {
  readonly history: History
  readonly colleagues: ColleaguesState
  /** The name of this node, if there are many. */
  readonly node: string | null
}

/** Tells members about their own history, admins about everyone's, and all of them about the colleagues. */
export function attachLiveEvents(io: AppServer, { history, colleagues, node }: Sources): void {
  io.on('connection', (socket) => {
    const { person } = socket.data
    if (person === undefined) return
    socket.join([MEMBERS, memberRoom(person.id), ...(person.admin ? [ADMINS] : [])])
    socket.emit('colleagues:state', colleagues.list())
    if (node !== null) socket.emit('node:name', node)
    socket.on('echo', (answer) => {
      if (typeof answer === 'function') answer()
    })
  })
  history.onEntry((entry) => io.to([ADMINS, memberRoom(entry.userId)]).emit('history:entry', entry))
  colleagues.onChange(() => io.to(MEMBERS).emit('colleagues:state', colleagues.list()))
}
