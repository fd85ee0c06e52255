import { PresenceError } from '../errors.ts'
import { type Connection, type Opening, type Policy, type UserRecord, viewOf } from '../machine/index.ts'
import { type HandleState, HeldHandle, type Holder } from './held-connection.ts'
import { createSharedLists } from './interning.ts'
import type { Ledger } from './ledger.ts'
import type { ConnectionListener, EndReason, Opened, OpenRequest } from './presence.ts'
import { createResumeToken, hashOf, type ResumeToken } from './resume-token.ts'
import type { StoreTime } from './store-time.ts'
import { addHeld, heldOf, removeHeld, type UserEntry } from './user-entry.ts'

/** The connections this node holds. */
export interface Connections {
  readonly held: number
  open(request: OpenRequest): Promise<Opened>
  /** Brings handles in line with a record that was saved or learned; tells their listeners what changed. */
  follow(entry: UserEntry, visible: boolean): void
  /** Marks every connection as drained and tells its transport. Resolves once all is saved. */
  drain(): Promise<void>
}

/** A resume token as a page presents it. */
type Presented = { readonly hash: string; readonly instance: string }

/** The token for a new connection, and the one it was opened with. */
interface Resumption {
  readonly resume: ResumeToken | null
  readonly resumes: Presented | null
}

const NO_RESUMPTION: Resumption = { resume: null, resumes: null }

export interface ConnectionsOptions {
  readonly ledger: Ledger
  readonly time: StoreTime
  readonly policy: Policy
  readonly nodeId: string
  readonly randomId: () => string
  /** Throws unless the node runs. */
  demandRunning(): void
  onError(error: PresenceError): void
}

export function createConnections(options: ConnectionsOptions): Connections {
  const { ledger, time, policy, nodeId } = options
  const lists = createSharedLists()
  let held = 0
  let draining = false

  const holder: Holder = {
    inputs: ledger.users.inputs,
    now: time.now,
    turnNow: time.turnNow,
    submit: ledger.submit,
    notice: ledger.notice,
    send(entry, event) {
      // A failed store keeps the event and was reported; nobody waits for this one.
      ledger.submit(entry, event).catch(() => {})
    },
  }

  const release = (handle: HeldHandle) => {
    handle.state = 'ended'
    removeHeld(handle.entry, handle)
    ledger.users.freeSlot(handle.slot)
    held--
  }

  /** A page that was duplicated presents the token of one that still answers: that is no resume. */
  const isResumable = async (entry: UserEntry, { hash, instance }: Presented): Promise<boolean> => {
    const { record } = await ledger.submit(entry, { type: 'advance' })
    const old = record?.connections.find(({ resume }) => resume?.hash === hash)
    const handle = old && heldOf(entry).find(({ connectionId }) => connectionId === old.id)
    if (old === undefined || handle === undefined || old.lost !== null || old.resume?.instance === instance) return true
    return !(await handle.listener.probe().catch(() => false))
  }

  const resumptionOf = async (entry: UserEntry, instance: string, token: string | null): Promise<Resumption> => {
    const presented = token === null ? null : { hash: hashOf(token), instance }
    const resumable = presented !== null && (await isResumable(entry, presented).catch(() => true))
    return { resume: createResumeToken(options.randomId), resumes: resumable ? presented : null }
  }

  // One function all the way: a promise per layer costs more than the layers do.
  const open = async (request: OpenRequest): Promise<Opened> => {
    options.demandRunning()
    if (draining) throw new PresenceError('unavailable', 'this node drains; connect to another one', { nodeId })
    const { viewer, connectionId, instance, spaces, invisible, listener } = request
    const entry = ledger.users.entryOf(viewer.userId)
    const slot = ledger.users.takeSlot()
    holder.inputs = ledger.users.inputs
    const handle = new HeldHandle(holder, entry, slot, connectionId, listener)
    addHeld(entry, handle)
    held++
    const { resume, resumes } = instance === null ? NO_RESUMPTION : await resumptionOf(entry, instance, request.resume)
    const at = time.now()
    const opening: Opening = {
      connectionId,
      sessionId: viewer.sessionId,
      device: viewer.device,
      meta: viewer.meta,
      grants: lists.names(viewer.spaces),
      spaces: lists.entries(spaces),
    }
    try {
      const { verdict, record } = await ledger.submit(entry, {
        type: 'open',
        at,
        nodeId,
        opening,
        resume: resume && { hash: resume.hash, instance: instance as string },
        resumes,
        invisible: invisible && invisibleClaim(invisible.forMs, at),
      })
      if (verdict !== 'applied') throw refusal(verdict, viewer.userId, policy)
      return {
        connection: handle,
        resumed: resumes !== null && (connectionOf(record, connectionId)?.replaces.length ?? 0) > 0,
        resumeToken: resume?.token ?? null,
        // Not a getter: an object literal with one has slow properties in V8, and every transport reads this.
        self: viewOf(record, viewer.userId, 'self'),
      }
    } catch (error) {
      if (handle.state !== 'ended') release(handle)
      ledger.rest(entry)
      throw error
    }
  }

  const follow = (entry: UserEntry, visible: boolean) => {
    const record = entry.stored ?? null
    const read = () => viewOf(record, entry.userId, 'self')
    for (let handle = entry.held; handle !== null; handle = handle.next) {
      const { state } = handle
      const connection = connectionOf(record, handle.connectionId)
      if (connection === undefined) {
        if (state === 'opening') continue
        release(handle)
        const reason = endReason(record, handle.connectionId)
        if (reason !== null) tell(handle.listener, (listener) => listener.onEnded(reason))
        continue
      }
      handle.state = stateOf(connection, ledger.users.inputs[handle.slot] as number)
      // Whoever opens is answered by the open itself.
      if (visible && state !== 'opening') tell(handle.listener, (listener) => listener.onSelf(read))
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
      for (const entry of ledger.users.entries()) handles.push(...heldOf(entry))
      const at = time.now()
      const saves = handles.map((handle) =>
        ledger.submit(handle.entry, { type: 'drain', at, connectionId: handle.connectionId }),
      )
      const results = await Promise.allSettled(saves)
      for (const result of results) if (result.status === 'rejected') options.onError(result.reason as PresenceError)
      for (const handle of handles) {
        if (handle.state === 'ended') continue
        release(handle)
        tell(handle.listener, (listener) => listener.onEnded('draining'))
      }
    },
  }
}

function connectionOf(record: UserRecord | null, connectionId: string): Connection | undefined {
  return record?.connections.find(({ id }) => id === connectionId)
}

function stateOf({ phase, lost, inputAt }: Connection, lastInput: number): HandleState {
  if (phase !== 'active' || lost !== null) return 'quiet'
  return lastInput > inputAt ? 'active' : 'rested'
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
  return {
    source: 'manual',
    status: 'invisible',
    priority: 60,
    until: forMs === null ? null : at + forMs,
    connectionId: null,
  } as const
}

function refusal(verdict: string, userId: string, policy: Policy): PresenceError {
  if (verdict === 'limit') {
    return new PresenceError(
      'limit-exceeded',
      `${userId} has ${policy.maxConnections} connections, as many as one user may have`,
      {
        userId,
        limit: policy.maxConnections,
      },
    )
  }
  return new PresenceError('ended', `the connection, session or user ${userId} was ended on purpose; connect anew`, {
    userId,
    verdict,
  })
}
