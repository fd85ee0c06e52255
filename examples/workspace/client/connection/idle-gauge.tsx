import { useActivity, usePresenceClient } from '@rollcall/react'
import { useSecond } from '../time/ticking.ts'
import { countdown } from '../time/words.ts'
import { useWorkspace } from '../workspace-context.ts'

/** How long until this tab would call its user idle. */
export function IdleGauge() {
  const { settings } = useWorkspace().directory
  const client = usePresenceClient()
  const { idle } = useActivity()
  useSecond()
  const left = client.idleInMs()
  if (settings.idleAfterMs === null || left === null) return null
  return (
    <section className="panel-section" data-testid="idle" data-idle={idle}>
      <h3 className="eyebrow">Hands on the keyboard</h3>
      <p className="idle-words">
        {idle ? (
          'Idle. Move, and you are back.'
        ) : (
          <>
            Away in <span className="figures">{countdown(left)}</span> without input
          </>
        )}
      </p>
      <meter className="idle-meter" min={0} max={settings.idleAfterMs} value={left} aria-label="Time until away" />
    </section>
  )
}
