import type { ConnectionListener, EndReason, HeldConnection, Opened, Viewer } from '../engine/presence.ts'
import type { SelfView, SpaceView } from '../machine/index.ts'
import type { ClientMessage } from '../protocol/messages.ts'
import { createLiveSignals, type LiveSignals } from './live-signals.ts'
import { permits } from './permissions.ts'
import { answerQuery } from './queries.ts'
import { ack, fail, refuse, send } from './replies.ts'
import { endClaim, makeClaim, setMessage } from './statements.ts'
import { Stays } from './stays.ts'
import { createTokenLife, type TokenBearer, type TokenEnds, type TokenLife } from './token-life.ts'
import { Watches } from './watches.ts'

/** What a connection needs of the session it belongs to. */
export interface AttachedTo<C> extends TokenBearer<C>, TokenEnds {
  /** Whether the page that opened it answers a ping, on this transport and no other. */
  probe(asked: Attached<C>): Promise<boolean>
  /** Somebody else ended it. */
  onEnded(ended: Attached<C>, reason: EndReason): void
  /** Its client left on purpose; `saved` tells when. */
  onLeft(saved: Promise<void>): void
}

/** Inputs of one connection count once in this time; so do words that it is idle. */
const HEARTBEAT_MS = 10_000
const NEVER = -HEARTBEAT_MS

/** What one connection says and hears between its welcome and its end. A class, for there is one per socket. */
export class Attached<C> implements ConnectionListener {
  /** How it ended, by somebody else's doing. */
  ended: EndReason | null = null
  readonly #session: AttachedTo<C>
  #viewer: Viewer
  #audience: 'others' | 'admin' = 'others'
  /** The user's own state, until the welcome has said it. */
  #self: (() => SelfView) | null = null
  #held: HeldConnection | null = null
  #stays: Stays | null = null
  #watches: Watches | null = null
  #signals: LiveSignals | null = null
  #token: TokenLife | null = null
  /** Between welcome and end. */
  #live = false
  #saidIdle = false
  /** In whole ms, which take no memory of their own. */
  #activeAt = NEVER
  #idleAt = NEVER

  constructor(session: AttachedTo<C>, viewer: Viewer) {
    this.#session = session
    this.#viewer = viewer
  }

  get held(): HeldConnection {
    return this.#held as HeldConnection
  }

  get viewer(): Viewer {
    return this.#viewer
  }

  /** The user's own state as it is known now. */
  get self(): SelfView {
    return (this.#self as () => SelfView)()
  }

  /** @param names Where the connection stands: the names of `standing`, in a list that may be shared. */
  async open(
    opened: Opened,
    names: readonly string[],
    standing: readonly SpaceView[],
    expiresInMs: number | null,
  ): Promise<void> {
    this.#self ??= () => opened.self
    this.#held = opened.connection
    this.#stays = new Stays(this.#session, opened.connection, names, standing)
    if (expiresInMs !== null) this.#tokenLife().arm(expiresInMs)
    this.#audience = await this.#audienceNow()
  }

  /** The welcome was sent: from now on the client hears of each change of its own state. */
  welcomed(): void {
    this.#self = null
    this.#live = true
  }

  onSelf(read: () => SelfView): void {
    if (this.#live) send(this.#session, { type: 'self', self: read() })
    else this.#self = read
  }

  onEnded(reason: EndReason): void {
    this.ended = reason
    this.#session.onEnded(this, reason)
  }

  probe(): Promise<boolean> {
    return this.#session.probe(this)
  }

  describe(): { readonly viewer: Viewer; readonly spaces: readonly SpaceView[] | null } {
    return { viewer: this.#viewer, spaces: this.#stays?.standing() ?? null }
  }

  /** Acts on a message. A promise: what follows must wait for it. */
  handle(message: Exclude<ClientMessage, { type: 'hello' | 'pong' }>): void | Promise<void> {
    const viewer = this.#viewer
    const stays = this.#stays as Stays
    switch (message.type) {
      case 'active':
      case 'idle':
        return this.#say(message.type)
      case 'beat':
        // A held connection lives as long as its transport: a beat proves nothing that is not known.
        return
      case 'token':
        return this.#refreshToken(message.token)
      case 'enter':
        return stays.enter(message, viewer)
      case 'exit':
        this.#signals?.stop(message.space)
        return stays.exit(message)
      case 'state':
        return stays.state(message)
      case 'watch':
        this.#watches ??= new Watches(this.#session)
        return this.#watches.watch(message, viewer, this.#audience)
      case 'unwatch':
        return this.#watches?.unwatch(message.topics)
      case 'claim':
        return makeClaim(this.#session, this.held, viewer, message)
      case 'clear':
        return endClaim(this.#session, viewer, message)
      case 'message':
        return setMessage(this.#session, viewer, message)
      case 'signal':
        return this.#signal(message)
      case 'query':
        // Nothing that follows depends on an answer.
        void this.#answer(message)
        return
      case 'hint':
        return this.hint()
      case 'leave':
        return this.#leave(message.scope)
    }
  }

  /** What was broadcast was dropped: every topic begins anew. */
  refreshWatches(): void {
    this.#watches?.refresh()
  }

  /** The page goes away, perhaps to come back. */
  hint(): void {
    this.#signals?.stop()
    this.held.hint()
  }

  /** The transport is done with this connection, which may live on. */
  detach(): void {
    this.#live = false
    this.#token?.stop()
    this.#watches?.close()
    this.#signals?.stop()
    this.#signals = null
  }

  /** Input, or none: each counts once in a while, but a return from idle counts at once. */
  #say(what: 'active' | 'idle'): void {
    const now = Math.floor(this.#session.host.presence.clock.monotonic())
    if (what === 'idle') {
      if (now - this.#idleAt < HEARTBEAT_MS) return
      this.#idleAt = now
      this.#saidIdle = true
      this.held.idle()
      return
    }
    // A client reports each half of what makes it idle: none of those may be passed over.
    const { idleAfterMs } = this.#session.host.presence.policy
    const onceInMs = Math.min(HEARTBEAT_MS, (idleAfterMs ?? Number.POSITIVE_INFINITY) / 4)
    if (!this.#saidIdle && this.held.isActive && now - this.#activeAt < onceInMs) return
    this.#activeAt = now
    this.#saidIdle = false
    this.held.activity()
  }

  #tokenLife(): TokenLife {
    this.#token ??= createTokenLife(this.#session, this.#session)
    return this.#token
  }

  async #audienceNow(): Promise<'others' | 'admin'> {
    const { presence } = this.#session.host
    return (await permits(presence, 'isAdmin', (access) => access.isAdmin(this.#viewer))) ? 'admin' : 'others'
  }

  async #refreshToken(fresh: string): Promise<void> {
    const refreshed = await this.#tokenLife().refresh(fresh, this.#viewer)
    if (refreshed === null) return
    this.#viewer = { ...refreshed, device: refreshed.device ?? this.#viewer.device }
    this.#audience = await this.#audienceNow()
    const spaces = (await this.#stays?.recheck(this.#viewer)) ?? []
    for (const space of spaces) this.#signals?.stop(space)
    const topics = (await this.#watches?.recheck(this.#viewer, this.#audience)) ?? []
    if (spaces.length + topics.length === 0) return
    const message = 'These spaces and topics are no longer open to you'
    refuse(this.#session, 'token', null, { code: 'forbidden', message, details: { spaces, topics } })
  }

  async #answer({ id, query }: Extract<ClientMessage, { type: 'query' }>): Promise<void> {
    try {
      const { presence } = this.#session.host
      ack(this.#session, id, await answerQuery(presence, this.#viewer, this.#audience, query))
    } catch (error) {
      fail(this.#session, 'query', id, error)
    }
  }

  #signal(message: Extract<ClientMessage, { type: 'signal' }>): void {
    const { space } = message
    if (this.#stays?.has(space)) {
      this.#signals ??= createLiveSignals(this.#session, this.held)
      this.#signals.signal(message)
      return
    }
    const text = `This connection does not stand in ${space}; enter it first`
    refuse(this.#session, 'signal', null, { code: 'forbidden', message: text, details: { space } })
  }

  #leave(scope: 'connection' | 'session' | 'user'): void {
    this.#signals?.stop()
    if (scope === 'connection') {
      this.#session.onLeft(this.held.leave())
      return
    }
    const { presence } = this.#session.host
    const { userId, sessionId } = this.#viewer
    // The engine then ends this connection like all the others.
    presence
      .signOut(userId, scope === 'session' ? { sessionId } : {})
      .catch((error: unknown) => fail(this.#session, 'leave', null, error))
  }
}
