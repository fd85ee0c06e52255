import { useSyncExternalStore } from 'react'
import { hrefTo } from '../route.ts'
import { StatusMark } from '../status/status-mark.tsx'
import { statusWord } from '../status/status-words.ts'
import { timeToTheSecond, wholeTime } from '../time/words.ts'
import { useWorkspace } from '../workspace-context.ts'
import type { TickerEntry } from './ticker.ts'
import './events.css'

/** What changed before one's eyes, as the client told it: the same events an application listens to. */
export function EventsPanel() {
  const { ticker } = useWorkspace()
  const entries = useSyncExternalStore(ticker.subscribe, ticker.get)
  return (
    <div className="panel" data-testid="events-panel">
      <section className="panel-section">
        <h2 className="eyebrow">What just changed</h2>
        {entries.length === 0 && <p className="quiet">Nothing yet. Switch a colleague on or off.</p>}
        <ol className="ticker">
          {entries.map((entry) => (
            <Line key={entry.id} entry={entry} />
          ))}
        </ol>
      </section>
      <section className="panel-section">
        <h3 className="eyebrow">In your own code</h3>
        <pre className="snippet">
          <code>{SNIPPET}</code>
        </pre>
      </section>
    </div>
  )
}

const SNIPPET = `client.on('change', (now, before) => {
  log(now.userId, before.status, '→', now.status)
})`

function Line({ entry }: { readonly entry: TickerEntry }) {
  const { person } = useWorkspace()
  const { at, from, to, said, userId } = entry
  return (
    <li data-testid="ticker-entry" data-user={userId} data-from={from} data-to={to}>
      <time className="quiet" dateTime={new Date(at).toISOString()} title={wholeTime(at)}>
        {timeToTheSecond(at)}
      </time>
      <StatusMark status={to} />
      <p>
        <a href={hrefTo({ personId: userId, side: 'person' })}>{person(userId)?.name ?? userId}</a>{' '}
        {said === null ? <>is {statusWord(to).toLocaleLowerCase()}</> : <>says “{said}”</>}
      </p>
    </li>
  )
}
