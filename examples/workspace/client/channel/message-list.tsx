import { useEffect, useRef, useSyncExternalStore } from 'react'
import type { ChatMessage } from '../../shared/events.ts'
import { hrefTo } from '../route.ts'
import { LiveAvatar } from '../status/live-avatar.tsx'
import { timeOfDay, wholeTime } from '../time/words.ts'
import { useWorkspace } from '../workspace-context.ts'

const NONE: readonly ChatMessage[] = []
/** Messages of one person this close together read as one. */
const TOGETHER_MS = 3 * 60_000

export function MessageList({ channelId }: { readonly channelId: string }) {
  const { messages } = useWorkspace()
  const known = useSyncExternalStore(messages.subscribe, messages.get).get(channelId) ?? NONE
  const end = useRef<HTMLLIElement>(null)
  useEffect(() => void end.current?.scrollIntoView({ block: 'nearest' }), [known])
  return (
    <div className="view-scroll messages-scroll">
      <ol className="messages" aria-label="Messages" aria-live="polite" data-testid="messages">
        <li className="messages-begin quiet">
          The beginning of #{channelId}. Messages live as long as the server does.
        </li>
        {known.map((message, i) => (
          <Message key={message.id} message={message} first={startsAnew(message, known[i - 1])} />
        ))}
        <li ref={end} aria-hidden="true" />
      </ol>
    </div>
  )
}

const startsAnew = (message: ChatMessage, before: ChatMessage | undefined) =>
  before?.userId !== message.userId || message.at - before.at > TOGETHER_MS

function Message({ message, first }: { readonly message: ChatMessage; readonly first: boolean }) {
  const { person } = useWorkspace()
  const author = person(message.userId)
  if (author === undefined) return null
  return (
    <li className="message" data-first={first} data-testid="chat-message" data-user={message.userId}>
      {first && <LiveAvatar person={author} size={36} />}
      <div>
        {first && (
          <p className="message-head">
            <a href={hrefTo({ personId: author.id, side: 'person' })}>{author.name}</a>
            <time className="quiet" dateTime={new Date(message.at).toISOString()} title={wholeTime(message.at)}>
              {timeOfDay(message.at)}
            </time>
          </p>
        )}
        <p className="message-body">{message.text}</p>
      </div>
    </li>
  )
}
