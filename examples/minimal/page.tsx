import { socketio } from '@rollcall/adapter-socketio/client'
import { createPresenceClient } from '@rollcall/client'
import { PresenceProvider, useMyPresence, useOnlineStatus } from '@rollcall/react'
import { createRoot } from 'react-dom/client'
import { io } from 'socket.io-client'

const token = new URLSearchParams(location.search).get('as') ?? 'ada'
const client = createPresenceClient({ transport: socketio(io()), token })

function Person({ id }: { readonly id: string }) {
  const { status, stale } = useOnlineStatus(id)
  return (
    <li>
      {id} is {status} {stale && '(as last known)'}
    </li>
  )
}

function Me() {
  const [me, { setStatus, clear }] = useMyPresence()
  const busy = me.status === 'busy'
  return (
    <button type="button" onClick={() => (busy ? clear() : setStatus('busy', { for: '1h' }))}>
      {busy ? 'Free again' : 'Busy for an hour'}
    </button>
  )
}

createRoot(document.body).render(
  <PresenceProvider client={client}>
    <ul>
      {['ada', 'grace', 'linus'].map((id) => (
        <Person key={id} id={id} />
      ))}
    </ul>
    <Me />
  </PresenceProvider>,
)
