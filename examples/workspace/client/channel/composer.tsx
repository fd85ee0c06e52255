import { useState } from 'react'
import type { Channel } from '../../shared/directory.ts'
import { Icon } from '../shell/icon.tsx'

interface Props {
  readonly channel: Channel
  onTyping(typing: boolean): void
  onSend(text: string): void
}

const LONGEST = 500

export function Composer({ channel, onTyping, onSend }: Props) {
  const [text, setText] = useState('')
  return (
    <form
      className="composer"
      onSubmit={(event) => {
        event.preventDefault()
        if (text.trim() === '') return
        onSend(text)
        onTyping(false)
        setText('')
      }}
    >
      <input
        className="field"
        aria-label={`Message #${channel.id}`}
        placeholder={`Message #${channel.id}`}
        data-testid="composer"
        autoComplete="off"
        maxLength={LONGEST}
        value={text}
        onChange={(event) => {
          setText(event.target.value)
          onTyping(event.target.value !== '')
        }}
      />
      <button
        type="submit"
        className="icon-button composer-send"
        aria-label="Send"
        data-testid="send"
        disabled={text.trim() === ''}
      >
        <Icon name="send" />
      </button>
    </form>
  )
}
