import { useConnectionStatus, usePresenceClient } from '@rollcall/react'
import { Icon } from '../shell/icon.tsx'
import { timeOfDay } from '../time/words.ts'
import { Retry } from './retry.tsx'
import './connection.css'

/** Says that what one sees may be old; after a moment only, so that a hiccup stays unseen. */
export function ConnectionBanner() {
  const { status, since, troubled } = useConnectionStatus()
  const client = usePresenceClient()
  const closed = status === 'closed'
  return (
    <div className="banner-place" role="status">
      {(troubled || closed) && (
        <div className="banner" data-testid="banner">
          <Icon name="bolt" />
          <p>
            <strong>{closed ? 'You are disconnected.' : 'Reconnecting …'}</strong> Everyone is shown as last known, at{' '}
            <time dateTime={new Date(since).toISOString()}>{timeOfDay(since)}</time>. <Retry />
          </p>
          <button
            type="button"
            className="button"
            onClick={() => (closed ? void client.connect() : client.reconnect())}
          >
            {closed ? 'Connect' : 'Try now'}
          </button>
        </div>
      )}
    </div>
  )
}
