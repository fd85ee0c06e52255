import { useTyping } from '@rollcall/react'
import { useEffect } from 'react'
import { type Channel, channelSpace } from '../../shared/directory.ts'
import { useWorkspace } from '../workspace-context.ts'
import { Composer } from './composer.tsx'
import { MemberStrip } from './member-strip.tsx'
import { MessageList } from './message-list.tsx'
import { TypingLine } from './typing-line.tsx'
import './channel.css'

/** One channel: who is here and who reads along, what is said, and who is about to say something. */
export function ChannelView({ channel }: { readonly channel: Channel }) {
  const { socket, messages, enterChannel } = useWorkspace()
  const space = channelSpace(channel.id)
  const [typing, setTyping] = useTyping(space)

  useEffect(() => {
    socket.emit('chat:open', channel.id, (known) => messages.set(new Map(messages.get()).set(channel.id, known)))
    return enterChannel(channel.id)
  }, [socket, messages, enterChannel, channel.id])

  return (
    <section className="view channel" aria-labelledby="channel-title" data-testid="channel" data-channel={channel.id}>
      <header className="view-head channel-head">
        <div className="channel-title">
          <h1 id="channel-title">
            <span className="quiet" aria-hidden="true">
              #
            </span>
            {channel.id}
          </h1>
          <p className="quiet">{channel.topic}</p>
        </div>
      </header>
      <MemberStrip space={space} />
      <MessageList channelId={channel.id} />
      <TypingLine userIds={typing} />
      <Composer channel={channel} onTyping={setTyping} onSend={(text) => socket.emit('chat:send', channel.id, text)} />
    </section>
  )
}
