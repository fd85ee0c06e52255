import { useMyPresence } from '@rollcall/react'
import { Icon } from '../shell/icon.tsx'
import { Avatar } from '../status/avatar.tsx'
import { statusWord } from '../status/status-words.ts'
import { useWorkspace } from '../workspace-context.ts'
import './me.css'

/** Oneself at the foot of the sidebar; opens the status picker. */
export function MeCard() {
  const { me: person } = useWorkspace()
  const [me] = useMyPresence()
  const shape = me.hidden ? 'hidden' : me.status
  const says = me.message ? [me.message.emoji, me.message.text].filter(Boolean).join(' ') : statusWord(shape)
  return (
    <button
      type="button"
      className="me-card"
      popoverTarget="status-picker"
      data-testid="me"
      data-user={person.id}
      data-status={me.status}
      data-hidden={me.hidden}
      data-stale={me.stale}
      aria-label={`You, ${person.name}: ${statusWord(shape)}. Set your status`}
    >
      <Avatar person={person} status={shape} stale={me.stale} />
      <span className="me-words">
        <strong>{person.name}</strong>
        <span>{says}</span>
      </span>
      <Icon name="chevron" size={16} />
    </button>
  )
}
