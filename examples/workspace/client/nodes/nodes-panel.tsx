import { duration } from '../time/words.ts'
import { useWorkspace } from '../workspace-context.ts'
import { NodeCard } from './node-card.tsx'
import { useNodes } from './use-nodes.ts'
import './nodes.css'

/** The servers behind the front: which of them holds whom, and what happens when one dies. */
export function NodesPanel() {
  const { report, arrived, problem, act } = useNodes()
  const { graceMs } = useWorkspace().directory.settings
  return (
    <div className="panel" data-testid="nodes-panel">
      <header className="nodes-head">
        <h2>Nodes</h2>
        <p className="quiet">
          Each is a process of its own; they meet in the store. Kill one: its people move to another within their grace
          of {duration(graceMs)}, and nobody sees them go.
        </p>
      </header>
      {problem && (
        <p className="notice" data-kind="bad" role="alert">
          {problem}
        </p>
      )}
      <ul className="nodes">
        {report?.nodes.map((node) => (
          <NodeCard key={node.name} node={node} at={report.at} arrived={arrived} onAct={act} />
        ))}
      </ul>
      {report && (
        <dl className="facts">
          <dt>Store</dt>
          <dd data-testid="nodes-store">{report.store}</dd>
        </dl>
      )}
    </div>
  )
}
