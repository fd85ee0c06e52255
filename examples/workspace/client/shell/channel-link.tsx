import { usePresenceClient, useTyping } from '@rollcall/react'
import { useMemo, useSyncExternalStore } from 'react'
import { type Channel, channelSpace } from '../../shared/directory.ts'

/** A channel in the sidebar, with how many of its members are here and whether somebody types. */
export function ChannelLink({ channel, current }: { readonly channel: Channel; readonly current: boolean }) {
  const space = channelSpace(channel.id)
  const [typing] = useTyping(space)
  const counts = useCounts(space)
  return (
    <a
      className="nav-link"
      href={`#/channel/${channel.id}`}
      aria-current={current ? 'page' : undefined}
      data-testid="channel-link"
      data-channel={channel.id}
    >
      <span aria-hidden="true">#</span>
      <span className="nav-name">{channel.id}</span>
      <span className="nav-count" data-testid="channel-count">
        {typing.length > 0 && <span className="dots" role="img" aria-label="Somebody types" />}
        {counts?.present ?? '–'}
        <span className="visually-hidden"> present</span>
      </span>
    </a>
  )
}

/** Counts alone: cheaper for the server than the list of who they are. */
function useCounts(space: string) {
  const client = usePresenceClient()
  const counts = useMemo(() => client.counts(space), [client, space])
  return useSyncExternalStore(counts.subscribe, counts.get)
}
