import { duration } from '../time/words.ts'
import { useWorkspace } from '../workspace-context.ts'

/** The durations that this server goes by. */
export function PolicyFacts() {
  const { idleAfterMs, dormantAfterMs, graceMs, hintGraceMs } = useWorkspace().directory.settings
  const words = (ms: number | null) => (ms === null ? 'never' : `after ${duration(ms)}`)
  return (
    <section className="panel-section">
      <h3 className="eyebrow">The server's rules</h3>
      <dl className="facts">
        <dt>No input: away</dt>
        <dd>{words(idleAfterMs)}</dd>
        <dt>No input: offline</dt>
        <dd>{words(dormantAfterMs)}</dd>
        <dt>Line lost: offline</dt>
        <dd>{words(graceMs)}</dd>
        <dt>Page closed: offline</dt>
        <dd>{words(hintGraceMs)}</dd>
        <dt>Signed out: offline</dt>
        <dd>at once</dd>
      </dl>
    </section>
  )
}
