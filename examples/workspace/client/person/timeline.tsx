import type { Person } from '../../shared/directory.ts'
import type { HistoryEntry } from '../../shared/events.ts'
import { StatusMark } from '../status/status-mark.tsx'
import { statusWord } from '../status/status-words.ts'
import { timeToTheSecond, wholeTime } from '../time/words.ts'
import { useWorkspace } from '../workspace-context.ts'
import { whySentence } from './causes.ts'
import { useHistory } from './use-history.ts'

/** "Why is she away?": each change of status with the rule that made it. For the person and for admins. */
export function Timeline({ person }: { readonly person: Person }) {
  const entries = useHistory(person.id)
  const { me } = useWorkspace()
  const now = entries?.[0]
  const who = person.id === me.id ? 'are you' : `is ${person.name.split(' ')[0]}`
  return (
    <section className="panel-section" aria-labelledby="why" data-testid="timeline">
      <h3 id="why" className="timeline-title">
        {now ? `Why ${who} ${statusWord(shapeOf(now)).toLocaleLowerCase()}?` : 'Why?'}
      </h3>
      {entries === null && <p className="quiet">Asking the server …</p>}
      {entries?.length === 0 && <p className="quiet">Nothing happened yet since the server started.</p>}
      <ol className="timeline">
        {entries?.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ol>
    </section>
  )
}

const shapeOf = ({ hidden, to }: HistoryEntry) => (hidden ? 'hidden' : to)

function Entry({ entry }: { readonly entry: HistoryEntry }) {
  const { directory } = useWorkspace()
  const { at, cause, from, to } = entry
  return (
    <li data-testid="timeline-entry" data-cause={cause} data-from={from} data-to={to} data-hidden={entry.hidden}>
      <span className="timeline-mark">
        <StatusMark status={shapeOf(entry)} size={14} />
      </span>
      <p className="timeline-head">
        <strong>{statusWord(shapeOf(entry))}</strong>
        <code>{cause}</code>
        <time className="quiet" dateTime={new Date(at).toISOString()} title={wholeTime(at)}>
          {timeToTheSecond(at)}
        </time>
      </p>
      <p className="timeline-why">{whySentence(entry, directory.settings)}</p>
    </li>
  )
}
