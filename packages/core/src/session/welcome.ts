import type { Opened } from '../engine/presence.ts'
import { PROTOCOL_VERSION, type ServerMessage } from '../protocol/messages.ts'
import type { Attached } from './attached.ts'
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

export function welcomeOf<C>(
  { presence, options }: HostParts<C>,
  { held, viewer, self }: Attached<C>,
  { resumeToken, resumed }: Opened,
  counts: Welcome['counts'],
  leaveToken: string | null,
): Welcome {
  const { messageBytes, stateBytes, spaces, watched, textLength } = presence.limits
  return {
    type: 'welcome',
    version: PROTOCOL_VERSION,
    connectionId: held.connectionId,
    userId: held.userId,
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
  }
}
