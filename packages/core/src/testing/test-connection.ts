import type {
  ConnectionListener,
  EndReason,
  HeldConnection,
  Identity,
  Opened,
  Presence,
  Viewer,
} from '../engine/presence.ts'
import type { Json, SelfView, SpaceView } from '../machine/index.ts'
import type { NodeProcess } from './node-process.ts'

/** How a connection of a test cluster is opened. */
export interface TestConnectOptions extends Omit<Identity, 'userId'> {
  /** Spaces that are granted and entered; others may be entered later. @default ['default'] */
  readonly spaces?: readonly string[]
  /** Random per page load; only the same page may resume while its old connection still answers. `null`: it cannot resume. @default another one each time */
  readonly instance?: string | null
  /** The token of the connection whose place this one takes. @default null */
  readonly resume?: string | null
  /** The client's own invisible claim. @default null */
  readonly invisible?: { readonly forMs: number | null } | null
  /** Whether the page answers when it is asked if it is there. @default true, until it says that its transport is lost */
  readonly answers?: boolean
}

/**
 * A connection as its transport holds it. What it says to a node that stands still arrives when the node goes on; what
 * it says to one that crashed, never, and such a call never resolves.
 */
export interface TestConnection extends HeldConnection, Omit<Opened, 'connection'> {
  /** Why it was ended by somebody else: empty, or one reason. */
  readonly ends: readonly EndReason[]
  /** The user's own state each time it changed, oldest first. */
  readonly selves: readonly SelfView[]
}

/** Opens a connection on a node that runs in `process`. */
export async function connectTo(
  presence: Presence,
  process: NodeProcess,
  { userId, connectionId }: { readonly userId: string; readonly connectionId: string },
  options: TestConnectOptions,
): Promise<TestConnection> {
  const { sessionId, spaces = ['default'], device, meta, resume = null, invisible = null, answers = true } = options
  const { instance = connectionId } = options
  const ends: EndReason[] = []
  const selves: SelfView[] = []
  let isLost = false
  const identity: Identity = {
    userId,
    spaces,
    ...(sessionId === undefined ? {} : { sessionId }),
    ...(device === undefined ? {} : { device }),
    ...(meta === undefined ? {} : { meta }),
  }
  const viewer = presence.viewerOf(identity, connectionId)
  const standing = new Map<string, Json>(spaces.map((space) => [space, null]))
  const listener: ConnectionListener & { describe(): { viewer: Viewer; spaces: readonly SpaceView[] } } = {
    onSelf: (read) => process.state !== 'crashed' && selves.push(read()),
    onEnded: (reason) => process.state !== 'crashed' && ends.push(reason),
    probe: async () => answers && !isLost,
    describe: () => ({ viewer, spaces: [...standing].map(([space, state]) => ({ space, state })) }),
  }
  if (process.state !== 'running') await process.running()
  const { connection, ...opened } = await presence.open({
    viewer,
    connectionId,
    spaces: spaces.map((space) => ({ space, state: null })),
    instance,
    resume,
    invisible,
    listener,
  })
  if (opened.resumed) {
    // It stands where the old one stood.
    const mine = opened.self.connections.find((one) => one.connectionId === connectionId)
    standing.clear()
    for (const { space, state } of mine?.spaces ?? []) standing.set(space, state)
  }
  const said = async (say: () => Promise<void>) => {
    if (process.state !== 'running') await process.running()
    await say()
  }
  return {
    ...opened,
    ends,
    selves,
    connectionId,
    userId,
    get isActive() {
      return connection.isActive
    },
    activity: () => process.reach(() => connection.activity()),
    idle: () => process.reach(() => connection.idle()),
    enter(space, state) {
      standing.set(space, state)
      return said(() => connection.enter(space, state))
    },
    exit(space) {
      standing.delete(space)
      return said(() => connection.exit(space))
    },
    hint: () => process.reach(() => connection.hint()),
    lost() {
      isLost = true
      process.reach(() => connection.lost())
    },
    leave: () => said(() => connection.leave()),
  }
}
