import type { Opened, Viewer } from '../engine/presence.ts'
import type { SelfView } from '../machine/index.ts'
import { PROTOCOL_VERSION } from '../protocol/messages.ts'
import type { HostParts } from './host-parts.ts'
import type { Replies } from './replies.ts'

/**
 * Sends the welcome, with the counts of the spaces that the connection stands in; a space that cannot be counted now
 * is left out.
 */
export async function sendWelcome<C>(
  host: HostParts<C>,
  replies: Replies,
  opened: Opened,
  leaveToken: string,
  viewer: Viewer,
  spaces: readonly string[],
  /** The user's own state as it is by then; `null`: nobody wants the welcome any more. */
  selfNow: () => SelfView | null,
): Promise<void> {
  const { presence, options } = host
  const { messageBytes, stateBytes, spaces: maxSpaces, watched, textLength } = presence.limits
  const counted = await Promise.all(
    spaces.map((space) =>
      host.counts.read(space).then(
        ({ present }) => [{ space, present }],
        () => [],
      ),
    ),
  )
  const self = selfNow()
  if (self === null) return
  const { connection, resumeToken, resumed } = opened
  replies.send({
    type: 'welcome',
    version: PROTOCOL_VERSION,
    connectionId: connection.connectionId,
    userId: connection.userId,
    sessionId: viewer.sessionId,
    serverTime: presence.now(),
    self,
    spaces: viewer.spaces,
    limits: { messageBytes, stateBytes, spaces: maxSpaces, watched, textLength },
    counts: counted.flat(),
    resume: resumeToken,
    leave: leaveToken,
    resumed,
    pingEveryMs: options.ping?.everyMs ?? 0,
  })
  const { freshness } = presence
  if (freshness.stale || freshness.warming) replies.send({ type: 'freshness', ...freshness })
}
