import type { UserPresence } from '@rollcall/client'
import { usePresenceClient } from '@rollcall/react'
import type { Person } from '../../shared/directory.ts'
import { Icon } from '../shell/icon.tsx'
import { Lasting } from '../time/lasting.tsx'
import { useSecond } from '../time/ticking.ts'
import { countdown } from '../time/words.ts'
import { useWorkspace } from '../workspace-context.ts'
import { adminCall } from './admin-call.ts'

type Connection = NonNullable<UserPresence['connections']>[number]

interface Props {
  readonly person: Person
  readonly connections: readonly Connection[]
}

const PHASES: Readonly<Record<Connection['phase'], string>> = {
  active: 'active',
  idle: 'idle',
  dormant: 'dormant',
  lost: 'lost',
}

/** Every tab and device behind one status. */
export function DeviceList({ person, connections }: Props) {
  return (
    <section className="panel-section panel-section-ruled" aria-labelledby="devices" data-testid="devices">
      <h3 id="devices" className="eyebrow">
        Devices {connections.length > 0 && <span className="figures">{connections.length}</span>}
      </h3>
      {connections.length === 0 && <p className="quiet device-none">None connected.</p>}
      <ul className="devices">
        {connections.map((connection) => (
          <Device key={connection.connectionId} person={person} connection={connection} />
        ))}
      </ul>
    </section>
  )
}

function Device({ person, connection }: { readonly person: Person; readonly connection: Connection }) {
  const { me } = useWorkspace()
  const { connectionId, device, phase, openedAt } = connection
  return (
    <li
      className="device"
      data-testid="device"
      data-device={device}
      data-phase={phase}
      data-connection-id={connectionId}
    >
      <Icon name={device === 'phone' ? 'phone' : 'screen'} />
      <span className="device-words">
        <strong>{device ?? 'device'}</strong>
        <span className="quiet">
          open <Lasting since={openedAt} />
        </span>
      </span>
      <span className="device-phase" data-phase={phase}>
        {PHASES[phase]} {connection.lostUntil !== null && <GraceLeft until={connection.lostUntil} />}
      </span>
      {me.admin && person.id !== me.id && (
        <button
          type="button"
          className="icon-button"
          aria-label={`End this connection of ${person.name}`}
          onClick={() => adminCall('kick', { userId: person.id, connectionId })}
        >
          <Icon name="close" size={15} />
        </button>
      )}
    </li>
  )
}

function GraceLeft({ until }: { readonly until: number }) {
  useSecond()
  const { now } = usePresenceClient()
  return <span className="figures">{countdown(until - now())}</span>
}
