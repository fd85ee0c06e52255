import { io, type Socket } from 'socket.io-client'
import { socketio } from '../../src/client.ts'

// A socket with the application's own event maps is taken as it is.
declare const typed: Socket<{ chat: (text: string) => void }, { send: (text: string) => void }>
socketio(typed)
socketio(io())
socketio({ url: 'http://localhost' })
socketio({ url: 'http://localhost', io, auth: { token: 't' } })
// @ts-expect-error there must be something to connect to
socketio({ io })
// @ts-expect-error options are those of socket.io-client
socketio({ url: 'http://localhost', transports: 7 })
