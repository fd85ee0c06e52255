import { useState } from 'react'
import type { Person } from '../../shared/directory.ts'
import type { ClosedBecause } from '../open-workspace.ts'
import { Icon } from '../shell/icon.tsx'
import { Logo } from '../shell/logo.tsx'
import { ThemeSwitch } from '../shell/theme-switch.tsx'
import { Avatar } from '../status/avatar.tsx'
import type { Directory } from '../workspace-context.ts'
import { Poster } from './poster.tsx'
import './login.css'

interface Props {
  readonly directory: Directory | null
  readonly problem: string | null
  readonly closed: ClosedBecause | null
  onChoose(userId: string): void
}

const FAREWELLS: Readonly<Record<ClosedBecause, string>> = {
  'signed-out': 'You are signed out. The others saw it at once.',
  kicked: 'An admin ended your connection.',
  refused: 'The server no longer takes that login: it ran out, or was signed out elsewhere. Choose again.',
}

export function Login({ directory, problem, closed, onChoose }: Props) {
  const [search, setSearch] = useState('')
  const words = search.trim().toLocaleLowerCase()
  const people = (directory?.people ?? []).filter(({ name, role, team }) =>
    `${name} ${role} ${team}`.toLocaleLowerCase().includes(words),
  )
  return (
    <div className="login" data-testid="login">
      <Poster />
      <main className="login-choice">
        <header className="login-head">
          <span className="login-brand">
            <Logo size={30} /> rollcall
          </span>
          <ThemeSwitch />
        </header>
        <h1>Who are you today?</h1>
        <p className="quiet">
          No password here, but a real signed token. Then open a second window and be somebody else.
        </p>
        {(problem ?? closed) && (
          <p
            className="notice"
            data-kind={problem || closed !== 'signed-out' ? 'bad' : 'good'}
            role="status"
            data-testid="login-notice"
          >
            {problem ?? (closed && FAREWELLS[closed])}
          </p>
        )}
        <label className="search login-search">
          <span className="visually-hidden">Find a person</span>
          <Icon name="search" />
          <input
            className="field"
            value={search}
            placeholder="Name, role or team"
            onChange={(event) => setSearch(event.target.value)}
          />
        </label>
        <ul className="login-people">
          {people.map((person) => (
            <li key={person.id}>
              <Choice person={person} onChoose={onChoose} />
            </li>
          ))}
        </ul>
      </main>
    </div>
  )
}

function Choice({ person, onChoose }: { readonly person: Person; onChoose(userId: string): void }) {
  return (
    <button
      type="button"
      className="login-person"
      data-testid="login-person"
      data-user={person.id}
      aria-label={`Sign in as ${person.name}`}
      onClick={() => onChoose(person.id)}
    >
      <Avatar person={person} />
      <span className="login-words">
        <strong>{person.name}</strong>
        <span className="quiet">{person.role}</span>
      </span>
      {person.admin && <span className="tag">admin</span>}
      {person.simulated && <span className="tag">simulated</span>}
    </button>
  )
}
