import { ColleaguesPanel } from '../colleagues/colleagues-panel.tsx'
import { ConnectionPanel } from '../connection/connection-panel.tsx'
import { EventsPanel } from '../events/events-panel.tsx'
import { NodesPanel } from '../nodes/nodes-panel.tsx'
import { PersonPanel } from '../person/person-panel.tsx'
import { hrefTo, type Side, useRoute } from '../route.ts'
import { useWorkspace } from '../workspace-context.ts'
import { Icon } from './icon.tsx'
import './side-panel.css'

const TABS: readonly (readonly [Exclude<Side, 'menu'>, string])[] = [
  ['person', 'Person'],
  ['connection', 'Connection'],
  ['colleagues', 'Colleagues'],
  ['events', 'Events'],
  ['nodes', 'Nodes'],
]

/** What lies behind the dots: one person, one's own connection, the simulated, what just happened; for admins the nodes. */
export function SidePanel() {
  const { side, personId } = useRoute()
  const { me, person, directory } = useWorkspace()
  const tabs = TABS.filter(([tab]) => tab !== 'nodes' || (me.admin && directory.settings.nodes))
  const shown = tabs.find(([tab]) => tab === side)?.[0] ?? 'connection'
  const who = person(personId ?? me.id) ?? me
  return (
    <aside className="side" aria-label="Details" data-testid="side-panel">
      <header className="side-head">
        <nav className="tabs" aria-label="Details">
          {tabs.map(([tab, label]) => (
            <a
              key={tab}
              href={hrefTo({ side: tab })}
              aria-current={tab === shown ? 'page' : undefined}
              data-testid="tab"
              data-tab={tab}
            >
              {label}
            </a>
          ))}
        </nav>
        <a className="icon-button side-close" href={hrefTo({ side: null, personId: null })} aria-label="Close details">
          <Icon name="close" />
        </a>
      </header>
      <div className="side-scroll">
        {shown === 'person' && <PersonPanel key={who.id} person={who} />}
        {shown === 'connection' && <ConnectionPanel />}
        {shown === 'colleagues' && <ColleaguesPanel />}
        {shown === 'events' && <EventsPanel />}
        {shown === 'nodes' && <NodesPanel />}
      </div>
    </aside>
  )
}
