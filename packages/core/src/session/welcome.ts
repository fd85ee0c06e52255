import type { Viewer } from '../engine/presence.ts'
import { PROTOCOL_VERSION, type ServerMessage } from '../protocol/messages.ts'
import type { HostParts } from './host-parts.ts'

type Welcome = Extract<ServerMessage, { type: 'welcome' }>

/** Present users of each space; one that cannot be counted now is left out. */
export async function countPresent<C>(host: HostParts<C>, spaces: readonly string[]): Promise<Welcome['counts']> {
  const counted = await Promise.all(
    spaces.map((space) =>
      host.counts.read(space).then(
        (present) => [{ space, present }],
        () => [],
      ),
    ),
  )
  return counted.flat()
}

/** What is said of a connection that was opened. */
export interface Welcomed extends Pick<Welcome, 'self' | 'counts' | 'resumed' | 'beatEveryMs'> {
  readonly connectionId: string
  readonly viewer: Viewer
  readonly resumeToken: string | null
  readonly leaveToken: string | null
}

export function welcomeOf<C>({ presence, options }: HostParts<C>, welcomed: Welcomed): Welcome {
  const { connectionId, viewer, self, counts, resumed, resumeToken, leaveToken, beatEveryMs } = welcomed
  const { messageBytes, stateBytes, spaces, watched, textLength } = presence.limits
  return {
    type: 'welcome',
    version: PROTOCOL_VERSION,
    connectionId,
    userId: viewer.userId,
    sessionId: viewer.sessionId,
    serverTime: presence.now(),
    self,
    spaces: viewer.spaces,
    limits: { messageBytes, stateBytes, spaces, watched, textLength },
    counts,
    resume: resumeToken,
    leave: leaveToken,
    resumed,
    pingEveryMs: options.ping?.everyMs ?? 0,
    ...(beatEveryMs !== undefined && { beatEveryMs }),
  }
}
