import type { Outcome } from '@rollcall/client'
import { useMyPresence } from '@rollcall/react'
import { useState } from 'react'
import { type Shape, StatusMark } from '../status/status-mark.tsx'
import { timeOfDay } from '../time/words.ts'
import { DurationField } from './duration-field.tsx'
import { lastingFor } from './durations.ts'
import { MessageForm } from './message-form.tsx'

const CHOICES = ['online', 'away', 'busy', 'dnd', 'invisible'] as const
type Choice = (typeof CHOICES)[number] | 'automatic'

const WORDS: Readonly<Record<Choice, readonly [label: string, hint: string, shape: Shape]>> = {
  automatic: ['Automatic', 'As your keyboard has it', 'online'],
  online: ['Online', 'Even when idle', 'online'],
  away: ['Away', 'Even while you type', 'away'],
  busy: ['Busy', 'In the middle of something', 'busy'],
  dnd: ['Do not disturb', 'Later, please', 'dnd'],
  invisible: ['Invisible', 'Others see you offline', 'hidden'],
}

/** One's own status, for a while or until changed, and the message beside it. */
export function StatusPicker() {
  const [me, { setStatus, clear }] = useMyPresence()
  const [forMs, setForMs] = useState(0)
  const [refusal, setRefusal] = useState<string | null>(null)
  const manual = me.claims.find(({ source }) => source === 'manual')
  const chosen: Choice = manual?.status ?? 'automatic'

  const tell = async (asked: Promise<Outcome>) => {
    const outcome = await asked
    setRefusal(outcome.ok ? null : outcome.error.message)
  }
  const choose = (choice: Choice, ms: number) =>
    tell(choice === 'automatic' ? clear() : setStatus(choice, lastingFor(ms)))

  return (
    <div
      id="status-picker"
      popover="auto"
      className="picker"
      data-testid="status-picker"
      role="dialog"
      aria-label="Your status"
    >
      <fieldset className="picker-choices">
        <legend className="visually-hidden">Status</legend>
        {(['automatic', ...CHOICES] as const).map((choice) => {
          const [label, hint, shape] = WORDS[choice]
          return (
            <label key={choice} className="picker-choice" data-testid="status-option" data-status={choice}>
              <input
                type="radio"
                name="status"
                className="visually-hidden"
                checked={chosen === choice}
                onChange={() => choose(choice, forMs)}
              />
              {choice === 'automatic' ? <AutomaticMark /> : <StatusMark status={shape} size={14} />}
              <span>{label}</span>
              <span className="quiet">{hint}</span>
            </label>
          )
        })}
      </fieldset>
      <div className="picker-line">
        <DurationField
          label="How long the status stands"
          testId="status-expiry"
          value={forMs}
          onChange={(ms) => {
            setForMs(ms)
            if (chosen !== 'automatic') choose(chosen, ms)
          }}
        />
        {manual?.until && <span className="quiet">ends {timeOfDay(manual.until)}</span>}
      </div>
      <MessageForm onOutcome={tell} />
      {refusal && (
        <p className="notice" data-kind="bad" role="alert">
          {refusal}
        </p>
      )}
    </div>
  )
}

function AutomaticMark() {
  return (
    <svg
      width="14"
      height="14"
      viewBox="0 0 16 16"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.8"
    >
      <path d="M13.5 8a5.5 5.5 0 1 1-1.7-4M13.8 1.5v3h-3" strokeLinecap="round" strokeLinejoin="round" />
    </svg>
  )
}
