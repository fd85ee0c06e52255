import { useConnectionStatus, usePresenceCount } from '@rollcall/react'
import { useEffect } from 'react'
import { ChannelView } from '../channel/channel-view.tsx'
import { ConnectionBanner } from '../connection/connection-banner.tsx'
import { StatusPicker } from '../me/status-picker.tsx'
import { DirectoryView } from '../people/directory-view.tsx'
import { useRoute } from '../route.ts'
import { useWorkspace } from '../workspace-context.ts'
import { BottomBar } from './bottom-bar.tsx'
import { SidePanel } from './side-panel.tsx'
import { Sidebar } from './sidebar.tsx'
import './shell.css'

/** The three panes, and what tells of the connection around them. */
export function Shell() {
  const { status, reason, troubled } = useConnectionStatus()
  const { directory } = useWorkspace()
  const { channelId, side } = useRoute()
  const channel = directory.channels.find(({ id }) => id === channelId)
  useTitle(channel ? `#${channel.id}` : 'People')
  return (
    <div
      className="shell"
      data-testid="workspace"
      data-connection={status}
      data-connection-reason={reason}
      data-troubled={troubled}
      data-side={side ?? 'none'}
    >
      {/* A button: the fragment of the address is the route. */}
      <button type="button" className="skip" onClick={() => document.getElementById('main')?.focus()}>
        Skip to the content
      </button>
      <Sidebar />
      <main className="main" id="main" tabIndex={-1}>
        <ConnectionBanner />
        {channel ? <ChannelView key={channel.id} channel={channel} /> : <DirectoryView />}
      </main>
      <SidePanel />
      <BottomBar />
      <StatusPicker />
    </div>
  )
}

function useTitle(view: string) {
  const { directory } = useWorkspace()
  const here = usePresenceCount({ space: directory.organisation.space, status: ['online', 'away', 'busy', 'dnd'] })
  useEffect(() => {
    document.title = `${view} · ${here} here · ${directory.organisation.name}`
  }, [view, here, directory])
}
