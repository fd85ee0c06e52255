import { usePresenceCount } from '@rollcall/react'
import { MeCard } from '../me/me-card.tsx'
import { useRoute } from '../route.ts'
import { useWorkspace } from '../workspace-context.ts'
import { ChannelLink } from './channel-link.tsx'
import { Icon } from './icon.tsx'
import { Logo } from './logo.tsx'
import { ThemeSwitch } from './theme-switch.tsx'
import './sidebar.css'

export function Sidebar() {
  const { directory, me, signOut } = useWorkspace()
  const { channelId } = useRoute()
  const channels = directory.channels.filter(({ id }) => me.channels.includes(id))
  return (
    <div className="sidebar">
      <header className="sidebar-head">
        <Logo />
        <span className="sidebar-org">
          <strong>{directory.organisation.name}</strong>
          <span>roll call</span>
        </span>
      </header>
      <nav aria-label="Organisation and channels" className="sidebar-nav">
        <a className="nav-link" href="#/people" aria-current={channelId === null ? 'page' : undefined}>
          <Icon name="people" /> People <HereCount />
        </a>
        <h2 className="eyebrow">Channels</h2>
        <ul>
          {channels.map((channel) => (
            <li key={channel.id}>
              <ChannelLink channel={channel} current={channel.id === channelId} />
            </li>
          ))}
        </ul>
      </nav>
      <MeCard />
      <footer className="sidebar-foot">
        <button type="button" className="nav-link" data-testid="logout" onClick={signOut}>
          <Icon name="leave" /> Sign out
        </button>
        <ThemeSwitch />
      </footer>
    </div>
  )
}

function HereCount() {
  const { directory } = useWorkspace()
  const here = usePresenceCount({ space: directory.organisation.space, status: ['online', 'away', 'busy', 'dnd'] })
  return (
    <span className="nav-count" data-testid="here-count">
      {here}
      <span className="visually-hidden"> present</span>
    </span>
  )
}
