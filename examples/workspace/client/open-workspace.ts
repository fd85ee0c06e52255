import { socketio } from '@rollcall/adapter-socketio/client'
import { createPresenceClient } from '@rollcall/client'
import { io, type Socket } from 'socket.io-client'
import { channelSpace } from '../shared/directory.ts'
import type { ChatMessage, ClientEvents, HistoryEntry, ServerEvents } from '../shared/events.ts'
import { createCell } from './cell.ts'
import { keepTicker } from './events/ticker.ts'
import { signOut as endLogin, forgetSession, freshToken, type Session } from './session.ts'
import type { Directory, Workspace } from './workspace-context.ts'

/** Why a workspace closed: the user left, or the server would not have them. */
export type ClosedBecause = 'signed-out' | 'kicked' | 'refused'

export interface OpenWorkspace extends Workspace {
  close(): void
}

/** How long the server may take to hear a goodbye. */
const GOODBYE_MS = 1_000

/** Connects as somebody. The socket is the application's: chat goes over it, and presence borrows it. */
export function openWorkspace(
  session: Session,
  directory: Directory,
  onClosed: (because: ClosedBecause) => void,
): OpenWorkspace {
  // A WebSocket first: a page that reloads while it polls cannot say so, and is missed only when it does not answer.
  const socket: Socket<ServerEvents, ClientEvents> = io({
    transports: ['websocket', 'polling'],
    tryAllTransports: true,
    auth: (send) =>
      void freshToken().then(
        (token) => send({ token }),
        () => send({}),
      ),
  })
  const client = createPresenceClient({
    transport: socketio(socket),
    token: freshToken,
    device: deviceName(),
    spaces: [directory.organisation.space],
    activity: { idleAfter: directory.settings.idleAfterMs ?? false },
  })
  const messages = createCell<ReadonlyMap<string, readonly ChatMessage[]>>(new Map())
  const history = createCell<ReadonlyMap<string, readonly HistoryEntry[]>>(new Map())
  const colleagues = createCell<Parameters<ServerEvents['colleagues:state']>[0]>([])
  const nodeName = createCell<string | null>(null)
  const ticker = createCell<ReturnType<Workspace['ticker']['get']>>([])
  // Members stand in their channels as long as they are here; the state there says which one they read.
  const channels = new Map(session.person.channels.map((id) => [id, client.enter(channelSpace(id), null)]))
  const people = new Map(directory.people.map((person) => [person.id, person]))

  socket.on('chat:message', (message) => {
    const known = messages.get()
    messages.set(new Map(known).set(message.channelId, [...(known.get(message.channelId) ?? []), message]))
  })
  socket.on('history:entry', (entry) => {
    const known = history.get().get(entry.userId)
    // Whoever was not looked at yet is fetched whole when they are.
    if (known !== undefined) history.set(new Map(history.get()).set(entry.userId, [entry, ...known]))
  })
  socket.on('colleagues:state', colleagues.set)
  socket.on('node:name', nodeName.set)
  const stopTicker = keepTicker(client, ticker)
  const stopWatching = client.on('connection', ({ status, reason }) => {
    if (status === 'failed') leave('refused')
    if (status === 'closed' && reason === 'kicked') leave('kicked')
    if (status === 'closed' && reason === 'sign-out') leave('signed-out')
  })

  const close = () => {
    stopTicker()
    stopWatching()
    client.dispose()
    // Socket.IO drops what came just before its own goodbye; once this is answered, the leave has arrived.
    socket.timeout(GOODBYE_MS).emit('echo', () => socket.disconnect())
  }
  const leave = (because: ClosedBecause) => {
    forgetSession()
    close()
    onClosed(because)
  }
  return {
    me: session.person,
    directory,
    client,
    socket,
    messages,
    colleagues,
    history,
    ticker,
    nodeName,
    person: (userId) => people.get(userId),
    enterChannel(channelId) {
      const stay = channels.get(channelId)
      stay?.setState({ reading: true })
      return () => stay?.setState(null)
    },
    signOut() {
      // The server ends every tab of this login, and says so to each: the same way out as for the others.
      client.logout()
      void endLogin()
      leave('signed-out')
    },
    close,
  }
}

const deviceName = () => (matchMedia('(pointer: coarse)').matches ? 'phone' : 'browser')
