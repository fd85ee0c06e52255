import type { UserPresence } from '@rollcall/client'
import { useMyPresence, useOnlineStatus } from '@rollcall/react'
import { LastSeen } from '@rollcall/react/components'
import { memo } from 'react'
import type { Person } from '../../shared/directory.ts'
import { hrefTo, useRoute } from '../route.ts'
import { Avatar } from '../status/avatar.tsx'
import { MessageText } from '../status/message-text.tsx'
import type { Shape } from '../status/status-mark.tsx'
import { statusWord } from '../status/status-words.ts'
import { Lasting } from '../time/lasting.tsx'
import { useQuarterMinute } from '../time/ticking.ts'
import { timeIn } from '../time/words.ts'
import { useWorkspace } from '../workspace-context.ts'

interface RowProps {
  readonly person: Person
  readonly presence: Pick<UserPresence, 'status' | 'statusSince' | 'lastSeenAt' | 'message' | 'stale'>
  readonly shape: Shape
  readonly me?: boolean
}

/** One person; renders when they change, and nobody else does. */
export const PersonRow = memo(function PersonRow({ userId }: { readonly userId: string }) {
  const { me, person } = useWorkspace()
  const known = person(userId)
  if (known === undefined) return null
  return userId === me.id ? <OwnRow person={known} /> : <OtherRow person={known} />
})

function OtherRow({ person }: { readonly person: Person }) {
  const presence = useOnlineStatus(person.id)
  return <Row person={person} presence={presence} shape={presence.status} />
}

function OwnRow({ person }: { readonly person: Person }) {
  const [presence] = useMyPresence()
  return <Row person={person} presence={presence} shape={presence.hidden ? 'hidden' : presence.status} me />
}

function Row({ person, presence, shape, me = false }: RowProps) {
  const { status, statusSince, lastSeenAt, message, stale } = presence
  const { personId } = useRoute()
  return (
    <li
      className="row"
      data-testid="person-row"
      data-user={person.id}
      data-status={status}
      data-shape={shape}
      data-stale={stale}
      data-current={personId === person.id}
    >
      <a className="row-link" href={hrefTo({ personId: person.id, side: 'person' })} aria-label={person.name}>
        <Avatar person={person} status={shape} stale={stale} />
      </a>
      <div className="row-who">
        <strong>
          {person.name} {me && <span className="tag">you</span>} {person.admin && <span className="tag">admin</span>}
        </strong>
        <span className="quiet">
          {person.role}{' '}
          <span className="row-place">
            · {person.city} <LocalTime timeZone={person.timeZone} />
          </span>
        </span>
      </div>
      <div className="row-says" data-testid="message">
        {message && <MessageText message={message} />}
      </div>
      <div className="row-status">
        <span className="row-word">{stale ? `${statusWord(shape)}?` : statusWord(shape)}</span>
        <span className="quiet" data-testid="since">
          {lastSeenAt !== null ? (
            <>
              seen <LastSeen timestamp={lastSeenAt} />
            </>
          ) : status !== 'offline' && statusSince ? (
            <Lasting since={statusSince} />
          ) : null}
        </span>
      </div>
    </li>
  )
}

function LocalTime({ timeZone }: { readonly timeZone: string }) {
  return <span className="figures">{timeIn(timeZone, useQuarterMinute())}</span>
}
