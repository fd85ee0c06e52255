import { useConnectionStatus, usePresenceClient } from '@rollcall/react'
import { Icon } from '../shell/icon.tsx'
import { useWorkspace } from '../workspace-context.ts'

/** The ways a line can end, each to be tried while somebody else watches from a second window. */
export function ConnectionActions() {
  const { socket } = useWorkspace()
  const { status } = useConnectionStatus()
  const client = usePresenceClient()
  const up = status === 'connected'
  return (
    <section className="panel-section">
      <h3 className="eyebrow">Try it</h3>
      <ul className="tries">
        <li>
          <button
            type="button"
            className="button"
            data-testid="break-line"
            disabled={!up}
            onClick={() => socket.io.engine.close()}
          >
            <Icon name="bolt" size={16} /> Break the line
          </button>
          <span>Nobody notices: you are back within the grace.</span>
        </li>
        <li>
          {status === 'closed' ? (
            <button
              type="button"
              className="button"
              data-kind="primary"
              data-testid="connect"
              onClick={() => void client.connect()}
            >
              <Icon name="plug" size={16} /> Connect again
            </button>
          ) : (
            <button type="button" className="button" data-testid="disconnect" onClick={() => client.disconnect()}>
              <Icon name="plug" size={16} /> Leave on purpose
            </button>
          )}
          <span>Others see you go at once, without a grace.</span>
        </li>
        <li>
          <button
            type="button"
            className="button"
            data-testid="reconnect"
            disabled={status === 'closed'}
            onClick={() => client.reconnect()}
          >
            <Icon name="pulse" size={16} /> {up ? 'Check the line' : 'Try now'}
          </button>
          <span>Asks the server for a sign of life.</span>
        </li>
        <li>
          <button type="button" className="button" data-testid="be-idle" disabled={!up} onClick={() => client.idle()}>
            <Icon name="moon" size={16} /> Lock the screen
          </button>
          <span>Idle now, until the next input.</span>
        </li>
        <li>
          {/* With an opener the new tab gets a copy of this one's storage, and so the same login. */}
          <button
            type="button"
            className="button"
            data-testid="second-tab"
            onClick={() => window.open(location.pathname, '_blank')}
          >
            <Icon name="screen" size={16} /> Another tab as me
          </button>
          <span>You stay online until the last one is gone.</span>
        </li>
        <li>
          <button
            type="button"
            className="button"
            data-testid="second-window"
            onClick={() => window.open(location.pathname, '_blank', 'noopener,popup,width=1180,height=820')}
          >
            <Icon name="people" size={16} /> Somebody else
          </button>
          <span>A second window with a login of its own.</span>
        </li>
      </ul>
    </section>
  )
}
