import { useConnectionStatus, useMyPresence } from '@rollcall/react'
import { useSyncExternalStore } from 'react'
import { Lasting } from '../time/lasting.tsx'
import { timeOfDay } from '../time/words.ts'
import { useWorkspace } from '../workspace-context.ts'
import { ConnectionActions } from './connection-actions.tsx'
import { CONNECTION_WORDS, REASON_WORDS } from './connection-words.ts'
import { IdleGauge } from './idle-gauge.tsx'
import { PolicyFacts } from './policy-facts.tsx'
import { Retry } from './retry.tsx'
import { useRoundTrip } from './use-round-trip.ts'
import './connection.css'

/** The line between this tab and the server, and what the server makes of it. */
export function ConnectionPanel() {
  const { status, reason, since, lastError } = useConnectionStatus()
  const [me] = useMyPresence()
  const roundTrip = useRoundTrip()
  const { nodeName } = useWorkspace()
  const node = useSyncExternalStore(nodeName.subscribe, nodeName.get)
  return (
    <div className="panel" data-testid="connection-panel" data-connection={status} data-stale={me.stale}>
      <section className="panel-section">
        <h2 className="eyebrow">My connection</h2>
        <p className="line-state" data-connection={status}>
          <span className="line-lamp" aria-hidden="true" />
          <strong data-testid="connection-state">{CONNECTION_WORDS[status]}</strong>
          <span className="quiet">
            {timeOfDay(since)} · <Lasting since={since} />
          </span>
        </p>
        <p className="line-reason quiet" data-testid="connection-reason">
          {REASON_WORDS[reason]}. <Retry />
        </p>
        {lastError && (
          <p className="notice" data-kind="bad">
            {lastError.message}
          </p>
        )}
        <dl className="facts">
          <dt>Round trip</dt>
          <dd className="figures" data-testid="round-trip">
            {roundTrip === null ? '–' : `${roundTrip.toFixed(roundTrip < 10 ? 1 : 0)} ms`}
          </dd>
          <dt>What I see is</dt>
          <dd>{me.stale ? <span className="tag">as last known</span> : 'live'}</dd>
          <dt>My tabs and devices</dt>
          <dd className="figures">{me.connections.length}</dd>
          {node !== null && (
            <>
              <dt>Held by</dt>
              <dd data-testid="held-by" data-node={node}>
                Node {node}
              </dd>
            </>
          )}
          <dt>Connection</dt>
          <dd className="mono">{me.connectionId?.slice(0, 12) ?? '–'}</dd>
          <dt>Login</dt>
          <dd className="mono">{me.sessionId?.slice(0, 12) ?? '–'}</dd>
        </dl>
      </section>
      <IdleGauge />
      <ConnectionActions />
      <PolicyFacts />
    </div>
  )
}
