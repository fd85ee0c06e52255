import type { NodeReport } from '../../shared/nodes.ts'
import { hrefTo } from '../route.ts'
import { Icon } from '../shell/icon.tsx'
import { LiveAvatar } from '../status/live-avatar.tsx'
import { lasting } from '../time/words.ts'
import { useWorkspace } from '../workspace-context.ts'

interface Props {
  readonly node: NodeReport
  /** When the report was made, by the clock of its stamps. */
  readonly at: number
  /** Who came here just now. */
  readonly arrived: ReadonlySet<string>
  onAct(name: string, action: 'kill' | 'start'): void
}

/** One node: how it is, whom it holds, and the button that ends or starts it. */
export function NodeCard({ node, at, arrived, onAct }: Props) {
  const { name, state, since, port, nodeId, userIds } = node
  const { me, person } = useWorkspace()
  const people = (userIds ?? []).flatMap((id) => person(id) ?? [])
  const isUp = state === 'up'
  return (
    <li className="node" data-testid="node" data-node={name} data-state={state}>
      <header className="node-head">
        <span className="node-lamp" aria-hidden="true" />
        <p>
          <strong>Node {name}</strong>{' '}
          <span className="quiet figures">
            {state} {state !== 'starting' && lasting(at - since)}
          </span>
        </p>
        {isUp ? (
          <button
            type="button"
            className="button"
            data-kind="danger"
            data-testid="node-kill"
            aria-label={`Kill node ${name}`}
            onClick={() => onAct(name, 'kill')}
          >
            <Icon name="bolt" size={16} /> Kill
          </button>
        ) : (
          <button
            type="button"
            className="button"
            data-testid="node-start"
            aria-label={`Start node ${name}`}
            disabled={state === 'starting'}
            onClick={() => onAct(name, 'start')}
          >
            <Icon name="pulse" size={16} /> Start
          </button>
        )}
      </header>
      <p className="node-facts quiet">
        {holding(node)} {isUp && port !== null && <span className="figures">· port {port}</span>}{' '}
        {nodeId !== null && <code title="What presence calls it: new for each start">{nodeId.slice(0, 8)}</code>}
      </p>
      {people.length > 0 && (
        <ul className="node-people" aria-label={isUp ? `Held by node ${name}` : `Not back from node ${name} yet`}>
          {people.map((one) => (
            <li key={one.id} className="node-person" data-testid="node-person" data-user={one.id}>
              <a
                href={hrefTo({ personId: one.id, side: 'person' })}
                title={one.id === me.id ? `${one.name} (you)` : one.name}
                aria-label={one.name}
                data-arrived={arrived.has(one.id)}
                data-me={one.id === me.id}
              >
                <LiveAvatar person={one} size={32} />
              </a>
            </li>
          ))}
        </ul>
      )}
    </li>
  )
}

function holding({ state, held, userIds }: NodeReport): string {
  if (state === 'starting') return 'On the way up'
  if (state === 'up') {
    if (held === null) return 'Does not answer'
    return `${held === 1 ? '1 connection' : `${held} connections`}${userIds === null ? ', store away' : ''}`
  }
  if (userIds === null) return 'No node to ask'
  return userIds.length === 0 ? 'Holds nobody any more' : `${userIds.length} not back yet`
}
