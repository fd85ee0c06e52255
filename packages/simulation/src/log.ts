import type { UserRecord } from '@rollcall/core'
import type { Invariant } from './invariants/invariant.ts'
import { type Action, clockText, sentence } from './script.ts'

/** Tells what happens as it happens: a line per action, per accepted write, per page that connects or is told to go. */
export function logTo(print: (line: string) => void): Invariant {
  return {
    name: 'log',
    begin(scene) {
      const { world, script, shared } = scene
      const line = (what: string) => print(`${clockText(world.now)}  ${what}`)
      const announce = (action: Action) => world.at(action.at, { what: '' }, () => line(sentence(action)))
      for (const action of script.actions) announce(action)
      shared.onKilled((nodeId) => line(`    ${nodeId} is declared dead`))
      scene.onNode(({ presence, name }) => {
        presence.on('error', ({ code, message }) => line(`    node ${name}: ${code}: ${message}`))
        presence.on('freshness', ({ stale, warming }) => line(`    node ${name}: stale ${stale}, warming ${warming}`))
      })
      return {
        accepted({ write: { userId, writer, change }, after }) {
          const cause = (change.note as { change?: { cause?: string } | null } | null)?.change?.cause ?? 'unseen'
          line(`    ${userId} by ${writer} (${cause}): ${after === null ? 'forgotten' : brief(after)}`)
          return null
        },
        heard({ tab }, { server }, message) {
          if (message.type === 'welcome')
            line(
              `    page ${tab.name} is ${message.connectionId}${server === null ? '' : ` at node ${server.process.name}`}`,
            )
          if (message.type === 'bye') line(`    page ${tab.name} hears bye ${message.reason}`)
          return null
        },
      }
    },
  }
}

function brief({ status, rev, connections, claims }: UserRecord): string {
  const held = connections.map(
    ({ id, nodeId, phase, lost }) =>
      `${id}${nodeId === null ? ' leased' : `@${nodeId}`} ${lost === null ? phase : `lost (${lost.cause})`}`,
  )
  const claimed = claims.map(({ source, status: claim }) => `${source}=${claim}`)
  return `${status} [${held.join(', ')}] ${claimed.join(' ')} ${rev}`
}
