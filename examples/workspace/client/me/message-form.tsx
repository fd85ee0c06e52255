import type { Outcome } from '@rollcall/client'
import { useMyPresence } from '@rollcall/react'
import { useState } from 'react'
import { DurationField } from './duration-field.tsx'
import { lastingFor } from './durations.ts'

const EMOJI = ['💬', '🗓️', '🎧', '🍜', '🚲', '🌴', '🤒']
const LONGEST = 140

export function MessageForm({ onOutcome }: { onOutcome(asked: Promise<Outcome>): void }) {
  const [me, { setMessage }] = useMyPresence()
  const [text, setText] = useState(me.message?.text ?? '')
  const [emoji, setEmoji] = useState(me.message?.emoji ?? '💬')
  const [forMs, setForMs] = useState(0)
  const say = (words: string) => onOutcome(setMessage(words === '' ? null : { text: words, emoji }, lastingFor(forMs)))
  return (
    <form
      className="picker-message"
      onSubmit={(event) => {
        event.preventDefault()
        say(text.trim())
      }}
    >
      <span className="eyebrow">Message</span>
      <div className="picker-line">
        <select
          className="field picker-emoji"
          aria-label="Emoji"
          data-testid="message-emoji"
          value={emoji}
          onChange={(event) => setEmoji(event.target.value)}
        >
          {EMOJI.map((each) => (
            <option key={each}>{each}</option>
          ))}
        </select>
        <input
          className="field"
          aria-label="Status message"
          data-testid="message-text"
          placeholder="What is going on?"
          maxLength={LONGEST}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <div className="picker-line">
        <DurationField label="How long the message stands" testId="message-expiry" value={forMs} onChange={setForMs} />
        <button
          type="button"
          className="button"
          data-testid="message-clear"
          disabled={me.message === null}
          onClick={() => {
            setText('')
            say('')
          }}
        >
          Clear
        </button>
        <button
          type="submit"
          className="button"
          data-kind="primary"
          data-testid="message-save"
          disabled={text.trim() === ''}
        >
          Set
        </button>
      </div>
    </form>
  )
}
