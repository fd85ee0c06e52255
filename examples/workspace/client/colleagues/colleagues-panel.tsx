import { useOnlineStatus } from '@rollcall/react'
import { useState, useSyncExternalStore } from 'react'
import type { Person } from '../../shared/directory.ts'
import type { Colleague } from '../../shared/events.ts'
import { callApi } from '../api.ts'
import { hrefTo } from '../route.ts'
import { freshToken } from '../session.ts'
import { Avatar } from '../status/avatar.tsx'
import { useWorkspace } from '../workspace-context.ts'
import './colleagues.css'

/** Who is played by the server: each a real connection, switched on and off here for everybody. */
export function ColleaguesPanel() {
  const { colleagues, person } = useWorkspace()
  const all = useSyncExternalStore(colleagues.subscribe, colleagues.get)
  const [problem, setProblem] = useState<string | null>(null)
  const on = all.filter((colleague) => colleague.on).length
  const toggle = async (body: { readonly userId?: string; readonly on: boolean }) => {
    setProblem(null)
    await callApi('/api/colleagues', { body, token: await freshToken() }).catch((error: Error) =>
      setProblem(error.message),
    )
  }
  return (
    <div className="panel" data-testid="colleagues-panel">
      <section className="colleagues-all">
        <h2>Simulated colleagues</h2>
        <button
          type="button"
          role="switch"
          className="switch"
          aria-checked={on > 0}
          aria-label="All simulated colleagues"
          data-testid="colleagues-all"
          onClick={() => toggle({ on: on === 0 })}
        />
        <p className="quiet">
          {on} of {all.length} at work. They connect, idle, type, set a status, take a call, leave, and now and then
          their laptop crashes.
        </p>
      </section>
      {problem && (
        <p className="notice" data-kind="bad" role="alert">
          {problem}
        </p>
      )}
      <ul className="colleagues">
        {all.map((colleague) => {
          const known = person(colleague.userId)
          return known && <Row key={known.id} person={known} colleague={colleague} onToggle={toggle} />
        })}
      </ul>
    </div>
  )
}

interface RowProps {
  readonly person: Person
  readonly colleague: Colleague
  onToggle(body: { readonly userId: string; readonly on: boolean }): void
}

function Row({ person, colleague, onToggle }: RowProps) {
  const { status, stale } = useOnlineStatus(person.id)
  return (
    <li className="colleague" data-testid="colleague" data-user={person.id} data-on={colleague.on}>
      <Avatar person={person} status={status} stale={stale} size={34} />
      <span className="colleague-words">
        <a href={hrefTo({ personId: person.id, side: 'person' })}>{person.name}</a>
        <span className="quiet">{colleague.doing}</span>
      </span>
      <button
        type="button"
        role="switch"
        className="switch"
        aria-checked={colleague.on}
        aria-label={`${person.name}, simulated`}
        data-testid="colleague-switch"
        data-user={person.id}
        onClick={() => onToggle({ userId: person.id, on: !colleague.on })}
      />
    </li>
  )
}
