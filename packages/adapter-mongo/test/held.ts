import type { Opened, Presence } from '@rollcall/core'

/** Opens a connection that a node holds, as an adapter would. */
export function hold(presence: Presence, userId: string, spaces: readonly string[] = ['default']): Promise<Opened> {
  const connectionId = crypto.randomUUID()
  const viewer = presence.viewerOf({ userId, spaces }, connectionId)
  return presence.open({
    viewer,
    connectionId,
    spaces: spaces.map((space) => ({ space, state: null })),
    instance: connectionId,
    resume: null,
    invisible: null,
    listener: {
      onSelf() {},
      onEnded() {},
      probe: async () => true,
      describe: () => ({ viewer, spaces: spaces.map((space) => ({ space, state: null })) }),
    },
  })
}
