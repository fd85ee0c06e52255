import { PresenceError } from '../errors.ts'
import { type Connection, type Opening, type Policy, type SelfView, type UserRecord, viewOf } from '../machine/index.ts'
import { HeldHandle, type Holder } from './held-connection.ts'
import type { Ledger } from './ledger.ts'
import type { ConnectionListener, EndReason, HeldConnection, OpenRequest } from './presence.ts'
import { createResumeToken, hashOf } from './resume-token.ts'
import type { StoreTime } from './store-time.ts'
import type { UserEntry } from './user-entry.ts'

/** The connections this node holds. */
export interface Connections {
  readonly held: number
  open(request: OpenRequest): Promise<HeldConnection>
  /** Brings handles in line with a record that was saved or learned; tells their listeners what changed. */
  follow(entry: UserEntry, visible: boolean): void
  /** Marks every connection as drained and tells its transport. Resolves once all is saved. */
  drain(): Promise<void>
}

export interface ConnectionsOptions {
  readonly ledger: Ledger
  readonly time: StoreTime
  readonly policy: Policy
  readonly nodeId: string
  readonly randomId: () => string
  onError(error: PresenceError): void
}

export function createConnections(options: ConnectionsOptions): Connections {
  const { ledger, time, policy, nodeId } = options
  let held = 0
  let draining = false

  const holder: Holder = {
    get inputs() {
      return ledger.inputs
    },
    now: time.now,
    turnNow: time.turnNow,
    submit: (entry, event) => ledger.submit(entry, event),
    send(entry, event) {
      // A failed store keeps the event and was reported; nobody waits for this one.
      ledger.submit(entry, event).catch(() => {})
    },
  }

  const release = (handle: HeldHandle) => {
    handle.ended = true
    handle.active = false
    handle.entry.held = handle.entry.held.filter((other) => other !== handle)
    ledger.freeSlot(handle.slot)
    held--
  }

  /** A page that was duplicated presents the token of one that still answers: that is no resume. */
  const isResumable = async (entry: UserEntry, hash: string, instance: string): Promise<boolean> => {
    if (entry.stored === undefined) entry.stored = (await ledger.submit(entry, { type: 'advance' })).record
    const old = entry.stored?.connections.find(({ resume }) => resume?.hash === hash)
    const handle = old && entry.held.find(({ connectionId }) => connectionId === old.id)
    if (old === undefined || handle === undefined || old.lost !== null || old.resume?.instance === instance) return true
    return !(await handle.listener.probe().catch(() => false))
  }

  const open = async (request: OpenRequest): Promise<HeldConnection> => {
    if (draining) throw new PresenceError('unavailable', 'this node drains; connect to another one', { nodeId })
    const { viewer, connectionId, instance, listener } = request
    const entry = ledger.entryOf(viewer.userId)
    const resume = instance === null ? null : createResumeToken(options.randomId)
    const presented = instance === null || request.resume === null ? null : { hash: hashOf(request.resume), instance }
    const handle = new HeldHandle(holder, entry, ledger.takeSlot(), connectionId, listener, resume?.token ?? null)
    entry.held = [...entry.held, handle]
    held++
    try {
      const resumes = presented !== null && (await isResumable(entry, presented.hash, presented.instance)) ? presented : null
      const at = time.now()
      const opening: Opening = {
        connectionId,
        sessionId: viewer.sessionId,
        device: viewer.device,
        meta: viewer.meta,
        grants: viewer.spaces,
        spaces: request.spaces.map(({ space, state }) => ({ space, state, at })),
      }
      const { verdict, record } = await ledger.submit(entry, {
        type: 'open',
        at,
        nodeId,
        opening,
        resume: resume && { hash: resume.hash, instance: instance as string },
        resumes,
        invisible: request.invisible && invisibleClaim(request.invisible.forMs, at),
      })
      if (verdict !== 'applied') throw refusal(verdict, viewer.userId, policy)
      handle.resumed = resumes !== null && connectionOf(record, connectionId)?.replaces.length !== 0
      return handle
    } catch (error) {
      if (!handle.ended) release(handle)
      ledger.rest(entry)
      throw error
    }
  }

  const follow = (entry: UserEntry, visible: boolean) => {
    const record = entry.stored ?? null
    let self: SelfView | null = null
    for (const handle of entry.held) {
      const connection = connectionOf(record, handle.connectionId)
      if (connection === undefined) {
        if (!handle.opened) continue
        release(handle)
        const reason = endReason(record, handle.connectionId)
        if (reason !== null) tell(handle.listener, (listener) => listener.onEnded(reason))
        continue
      }
      handle.opened = true
      handle.active = connection.phase === 'active' && connection.lost === null
      if (!visible) continue
      self ??= viewOf(record, entry.userId, 'self')
      const view = self
      tell(handle.listener, (listener) => listener.onSelf(view))
    }
  }

  const tell = (listener: ConnectionListener, call: (listener: ConnectionListener) => void) => {
    try {
      call(listener)
    } catch (error) {
      options.onError(new PresenceError('listener-error', "a transport's listener threw", {}, error))
    }
  }

  return {
    get held() {
      return held
    },
    open,
    follow,
    async drain() {
      draining = true
      const handles: HeldHandle[] = []
      for (const entry of ledger.entries()) handles.push(...entry.held)
      const at = time.now()
      const saves = handles.map((handle) => ledger.submit(handle.entry, { type: 'drain', at, connectionId: handle.connectionId }))
      const results = await Promise.allSettled(saves)
      for (const result of results) if (result.status === 'rejected') options.onError(result.reason as PresenceError)
      for (const handle of handles) {
        if (handle.ended) continue
        release(handle)
        tell(handle.listener, (listener) => listener.onEnded('draining'))
      }
    },
  }
}

function connectionOf(record: UserRecord | null, connectionId: string): Connection | undefined {
  return record?.connections.find(({ id }) => id === connectionId)
}

/** Why a connection is in the record no more; `null`: it left by itself. */
function endReason(record: UserRecord | null, connectionId: string): EndReason | null {
  if (record === null) return 'kicked'
  if (record.connections.some(({ replaces }) => replaces.includes(connectionId))) return 'replaced'
  const mark = record.ended.find(({ kind, id }) => kind === 'connection' && id === connectionId)
  if (mark === undefined) return 'lapsed'
  return mark.by === 'leave' ? null : mark.by === 'kick' ? 'kicked' : 'sign-out'
}

function invisibleClaim(forMs: number | null, at: number) {
  return { source: 'manual', status: 'invisible', priority: 60, until: forMs === null ? null : at + forMs, connectionId: null } as const
}

function refusal(verdict: string, userId: string, policy: Policy): PresenceError {
  if (verdict === 'limit') {
    return new PresenceError('limit-exceeded', `${userId} has ${policy.maxConnections} connections, as many as one user may have`, {
      userId,
      limit: policy.maxConnections,
    })
  }
  return new PresenceError('ended', `the connection, session or user ${userId} was ended on purpose; connect anew`, { userId, verdict })
}
