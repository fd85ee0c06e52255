/** A roster on the screen, of either side; bundled for the browser with everything it needs. */
import { createPresenceClient } from '@rollcall/client'
import { PresenceProvider, useOnlineStatus, usePresenceIds } from '@rollcall/react'
import { createElement, type ReactNode } from 'react'
import { flushSync } from 'react-dom'
import { createRoot } from 'react-dom/client'
import { createNaiveRoster, useNaiveUsers } from './baselines/naive-roster.ts'
import { createRosterServer, ROSTER_SPACE, rosterUser } from './roster-server.ts'

export interface RosterScreen {
  /** One element per user. */
  readonly rows: () => HTMLCollection | undefined
  /** The server says that this user has this status now. */
  change(index: number, status: 'online' | 'busy' | 'away' | 'dnd'): void
  unmount(): void
}

/** Mounts a list of n users, who come to be known afterwards. `onRender` is called for each row that is rendered. */
export function showRoster(side: 'ours' | 'baseline', n: number, onRender: () => void): RosterScreen {
  const container = document.createElement('div')
  const root = createRoot(container)
  const show = (node: ReactNode) => flushSync(() => root.render(node))
  const change = side === 'ours' ? showOurs(n, onRender, show) : showNaive(n, onRender, show)
  return { rows: () => container.firstElementChild?.children, change, unmount: () => root.unmount() }
}

function showOurs(n: number, onRender: () => void, show: (node: ReactNode) => void): RosterScreen['change'] {
  const server = createRosterServer(n)
  const client = createPresenceClient({
    transport: server.transport,
    activity: false,
    lifecycle: null,
    storage: null,
  })
  const Row = ({ userId }: { readonly userId: string }) => {
    onRender()
    return createElement('li', null, `${userId} ${useOnlineStatus(userId).status}`)
  }
  const Roster = () => {
    const ids = usePresenceIds({ space: ROSTER_SPACE })
    return createElement(
      'ul',
      null,
      ids.map((userId) => createElement(Row, { key: userId, userId })),
    )
  }
  show(createElement(PresenceProvider, { client, children: createElement(Roster) }))
  void client.connect()
  return server.change
}

function showNaive(n: number, onRender: () => void, show: (node: ReactNode) => void): RosterScreen['change'] {
  const roster = createNaiveRoster()
  const Row = ({ userId, status }: { readonly userId: string; readonly status: string }) => {
    onRender()
    return createElement('li', null, `${userId} ${status}`)
  }
  const Roster = () => {
    const users = useNaiveUsers(roster)
    return createElement(
      'ul',
      null,
      users.map(({ userId, status }) => createElement(Row, { key: userId, userId, status })),
    )
  }
  show(createElement(Roster))
  roster.receive({ type: 'users', users: Array.from({ length: n }, (_, index) => rosterUser(index)) })
  return (index, status) => roster.receive({ type: 'user', user: rosterUser(index, status) })
}
