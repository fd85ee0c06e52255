import { useState } from 'react'
import type { Person } from '../../shared/directory.ts'
import { statusWord } from '../status/status-words.ts'
import { adminCall } from './admin-call.ts'

const FORCED = ['online', 'away', 'busy', 'dnd'] as const
const FORCED_FOR_MS = 5 * 60_000

/** What an admin may do to somebody, against their will. */
export function AdminActions({ person }: { readonly person: Person }) {
  const [problem, setProblem] = useState<string | null>(null)
  const act = (action: 'kick' | 'status', body: Parameters<typeof adminCall>[1]) => {
    setProblem(null)
    adminCall(action, { userId: person.id, ...body }).catch((error: Error) => setProblem(error.message))
  }
  return (
    <section className="panel-section panel-section-ruled" aria-labelledby="admin" data-testid="admin-actions">
      <h3 id="admin" className="eyebrow">
        As an admin
      </h3>
      <div className="actions">
        <select
          className="field admin-force"
          aria-label="Force a status for five minutes"
          data-testid="force-status"
          value=""
          onChange={(event) => act('status', { status: event.target.value, forMs: FORCED_FOR_MS })}
        >
          <option value="" disabled>
            Force for 5 min …
          </option>
          {FORCED.map((status) => (
            <option key={status} value={status}>
              {statusWord(status)}
            </option>
          ))}
        </select>
        <button type="button" className="button" data-testid="unforce" onClick={() => act('status', { status: null })}>
          Take back
        </button>
        <button type="button" className="button" data-kind="danger" data-testid="kick" onClick={() => act('kick', {})}>
          End all connections
        </button>
      </div>
      {problem && (
        <p className="notice" data-kind="bad" role="alert">
          {problem}
        </p>
      )}
    </section>
  )
}
