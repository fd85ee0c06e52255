import type { UserPresence } from '@rollcall/client'
import { useMyPresence, useOnlineStatus } from '@rollcall/react'
import { LastSeen } from '@rollcall/react/components'
import type { Person } from '../../shared/directory.ts'
import { Avatar } from '../status/avatar.tsx'
import { MessageText } from '../status/message-text.tsx'
import { type Shape, StatusMark } from '../status/status-mark.tsx'
import { statusWord } from '../status/status-words.ts'
import { Lasting } from '../time/lasting.tsx'
import { useQuarterMinute } from '../time/ticking.ts'
import { timeIn, timeOfDay } from '../time/words.ts'
import { useWorkspace } from '../workspace-context.ts'
import { AdminActions } from './admin-actions.tsx'
import { DeviceList } from './device-list.tsx'
import { Timeline } from './timeline.tsx'
import './person.css'

interface Props {
  readonly person: Person
}

/** One person as the viewer may see them: anybody the status, the person and admins also devices and causes. */
export function PersonPanel({ person }: Props) {
  const { me } = useWorkspace()
  return person.id === me.id ? <OwnDetails person={person} /> : <OtherDetails person={person} />
}

function OtherDetails({ person }: Props) {
  const presence = useOnlineStatus(person.id)
  return <Details person={person} presence={presence} shape={presence.status} />
}

function OwnDetails({ person }: Props) {
  const [presence] = useMyPresence()
  return <Details person={person} presence={presence} shape={presence.hidden ? 'hidden' : presence.status} />
}

interface DetailsProps extends Props {
  readonly presence: Pick<UserPresence, 'status' | 'statusSince' | 'lastSeenAt' | 'message' | 'stale' | 'connections'>
  readonly shape: Shape
}

function Details({ person, presence, shape }: DetailsProps) {
  const { me } = useWorkspace()
  const { status, statusSince, lastSeenAt, message, stale, connections } = presence
  const now = useQuarterMinute()
  return (
    <div className="panel" data-testid="person-panel" data-user={person.id} data-status={status} data-stale={stale}>
      <section className="person-head panel-section">
        <Avatar person={person} status={shape} stale={stale} size={68} />
        <div>
          <h2>{person.name}</h2>
          <p className="quiet">{person.role}</p>
        </div>
      </section>
      <p className="person-status" data-shape={shape}>
        <StatusMark status={shape} size={16} />
        <strong>{statusWord(shape)}</strong>
        {lastSeenAt !== null ? (
          <span>
            last seen <LastSeen timestamp={lastSeenAt} />
          </span>
        ) : (
          status !== 'offline' &&
          statusSince && (
            <span>
              for <Lasting since={statusSince} />
            </span>
          )
        )}
        {stale && <span className="tag">as last known</span>}
      </p>
      {message && (
        <p className="person-message">
          <MessageText message={message} />
          {message.until && <span className="quiet"> until {timeOfDay(message.until)}</span>}
        </p>
      )}
      <dl className="facts">
        <dt>Team</dt>
        <dd>{person.team}</dd>
        <dt>Local time</dt>
        <dd>
          {person.city}, <span className="figures">{timeIn(person.timeZone, now)}</span>
        </dd>
        <dt>Channels</dt>
        <dd>{person.channels.map((id) => `#${id}`).join(' ')}</dd>
      </dl>
      {connections && <DeviceList person={person} connections={connections} />}
      {(me.admin || person.id === me.id) && <Timeline person={person} />}
      {me.admin && <AdminActions person={person} />}
      {!me.admin && person.id !== me.id && (
        <p className="quiet person-private">
          Devices and causes are shown to {person.name.split(' ')[0]} and to admins only. Sign in as an admin to look
          behind the dot.
        </p>
      )}
    </div>
  )
}
