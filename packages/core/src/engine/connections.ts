import { PresenceError } from '../errors.ts'
import {
  type Connection,
  type Policy,
  type SpaceEntry,
  type SpaceView,
  sameJson,
  type UserRecord,
  viewOf,
} from '../machine/index.ts'
import type { Limits } from '../protocol/limits.ts'
import { connectionOf, endReason } from './end-reason.ts'
import { type HandleState, HeldHandle, type Holder } from './held-connection.ts'
import type { HeldDigest } from './held-digest.ts'
import type { Lease } from './lease.ts'
import type { Ledger } from './ledger.ts'
import { invisibleClaim, type Openings, refusalOfOpening } from './openings.ts'
import type { ConnectionListener, EndReason, Opened, OpenRequest } from './presence.ts'
import type { Resumption } from './resumption.ts'
import type { StoreTime } from './store-time.ts'
import { addHeld, heldOf, removeHeld, type UserEntry } from './user-entry.ts'
import { demandOpenable, demandSpace } from './viewer.ts'

/** The connections this node holds. */
export interface Connections {
  readonly held: number
  open(request: OpenRequest): Promise<Opened>
  /**
   * Brings handles in line with a record that stands instead of `before`; tells their listeners what changed.
   *
   * @param how `saved` by this node, `heard` of another node's save, or `read`.
   */
  follow(entry: UserEntry, before: UserRecord | null, how: 'saved' | 'heard' | 'read', visible: boolean): void
  /** Ends one here alone: without a `reason` on purpose, while nobody here heard of it. */
  end(handle: HeldHandle, reason?: EndReason): void
  /** Ends every connection here alone: this node was cut off for so long that nobody knows what became of them. */
  cutOff(): void
  /** Marks every connection as drained and tells its transport. Resolves once all is saved. */
  drain(): Promise<void>
}

const NO_RESUMPTION = { resume: null, resumes: null }

export interface ConnectionsOptions {
  readonly ledger: Ledger
  readonly time: StoreTime
  readonly policy: Policy
  readonly limits: Limits
  readonly lease: Lease
  readonly digest: HeldDigest
  readonly openings: Openings
  readonly resumption: Pick<Resumption, 'decide'>
  /** Throws unless the node runs. */
  demandRunning(): void
  /** The record lacks a live connection that nobody ended on purpose, or names another holder or other spaces. */
  onMissing(handle: HeldHandle, known: UserRecord | null): void
  /** The record has a connection as this node's that is over, or was never heard of. */
  onUnheld(entry: UserEntry, connectionId: string, how: 'lost' | 'leave'): void
  onError(error: PresenceError): void
}

export function createConnections(options: ConnectionsOptions): Connections {
  const { ledger, time, policy, limits, lease, digest } = options
  let held = 0
  let draining = false

  const holder: Holder = {
    inputs: ledger.users.inputs,
    now: time.now,
    turnNow: time.turnNow,
    submit: ledger.submit,
    demandSpace: (view) => demandSpace(view, limits),
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

  const drains = () =>
    new PresenceError('unavailable', 'this node drains; connect to another one', { nodeId: lease.nodeId })

  // One function all the way: a promise per layer costs more than the layers do.
  const open = async (request: OpenRequest): Promise<Opened> => {
    options.demandRunning()
    demandOpenable(request, limits)
    if (draining) throw drains()
    const { viewer, connectionId, instance, spaces, invisible, listener } = request
    const entry = ledger.users.entryOf(viewer.userId)
    const slot = ledger.users.takeSlot()
    holder.inputs = ledger.users.inputs
    const handle = new HeldHandle(holder, entry, slot, connectionId, listener)
    addHeld(entry, handle)
    held++
    // When it was asked for: a later attempt of the same page may overtake this one.
    const at = time.now()
    const { resume, resumes } =
      instance === null ? NO_RESUMPTION : await options.resumption.decide(entry, instance, request.resume, 'held')
    try {
      // Other nodes may have been asked meanwhile; the slot of a handle that was ended may be another's by now.
      if (draining || handle.state === 'ended') throw drains()
      ledger.users.setOpenedAt(slot, at)
      const opening = options.openings.openingOf(viewer, connectionId, spaces)
      const { verdict, record } = await ledger.submit(entry, {
        type: 'open',
        at,
        nodeId: lease.nodeId,
        leaseMs: null,
        opening,
        resume: resume && { hash: resume.hash, instance: instance as string },
        resumes,
        invisible: invisible && invisibleClaim(invisible.forMs, at),
      })
      // `unchanged`: it was opened by a save whose answer was lost.
      if (verdict !== 'applied' && verdict !== 'unchanged') throw refusalOfOpening(verdict, viewer.userId, policy)
      // Ended in the very step that opened it: both waited for the same save.
      if (connectionOf(record, connectionId) === undefined) throw refusalOfOpening('ended', viewer.userId, policy)
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

  const follow: Connections['follow'] = (entry, before, how, visible) => {
    const record = entry.stored ?? null
    let isHeld = false
    for (let handle = entry.held; handle !== null; handle = handle.next) {
      const { state } = handle
      const connection = connectionOf(record, handle.connectionId)
      if (connection === undefined) {
        if (state === 'opening') continue
        // Who is forgotten is so by a change. A read that finds nothing met a store that lost it.
        const reason = record === null && how === 'read' ? 'lapsed' : endReason(record, handle.connectionId)
        if (reason === 'lapsed' && handle.isLive) options.onMissing(handle, before)
        else end(handle, reason)
        continue
      }
      if (state === 'left') continue
      const isOurs = connection.nodeId === lease.nodeId
      if (connection.lost !== null && connection.lost.cause !== 'node-lost') {
        handle.state = 'lost'
      } else if (state !== 'lost') {
        handle.state = stateOf(connection, ledger.users.inputs[handle.slot] as number)
        if (connection.lost !== null || !isOurs) options.onMissing(handle, before)
        else isHeld = true
      }
      // Whoever opens is answered by the open itself.
      if (visible && state !== 'opening') tellSelf(handle.listener, record, entry.userId)
    }
    if (how !== 'saved' && record !== null) compare(entry, record)
    digest.set(entry, isHeld ? (record as UserRecord).rev : null)
  }

  /** What this node saved it need not doubt; what else stands in its name may be older than what it knows. */
  const compare = (entry: UserEntry, record: UserRecord) => {
    for (const { id, nodeId, lost, spaces } of record.connections) {
      if (nodeId !== lease.nodeId || lost !== null) continue
      const handle = heldAs(entry, id)
      if (handle === null || handle.state === 'lost') options.onUnheld(entry, id, 'lost')
      else if (handle.state === 'left') options.onUnheld(entry, id, 'leave')
      else if (handle.isLive && !standsWhere(handle.listener.describe().spaces, spaces))
        options.onMissing(handle, record)
    }
  }

  /** @param reason `null`: it left by itself. */
  const end = (handle: HeldHandle, reason: EndReason | null) => {
    if (handle.state === 'ended') return
    release(handle)
    if (reason !== null) tell(handle.listener, (listener) => listener.onEnded(reason))
  }

  const tellSelf = (listener: ConnectionListener, record: UserRecord | null, userId: string) =>
    tell(listener, (it) => it.onSelf(() => viewOf(record, userId, 'self')))

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
    end(handle, reason) {
      end(handle, reason ?? endReason(handle.entry.stored ?? null, handle.connectionId))
      ledger.rest(handle.entry)
    },
    cutOff() {
      for (const entry of [...ledger.users.entries()]) {
        if (entry.held === null) continue
        for (const handle of heldOf(entry)) if (handle.state !== 'opening') end(handle, 'cut-off')
        digest.set(entry, null)
        ledger.rest(entry)
      }
    },
    async drain() {
      draining = true
      const handles: HeldHandle[] = []
      for (const entry of ledger.users.entries()) handles.push(...heldOf(entry))
      const at = time.now()
      const saves = handles.map((handle) =>
        ledger.submit(handle.entry, { type: 'drain', at, connectionId: handle.connectionId }),
      )
      // One user who cannot be saved must not keep the others waiting.
      await Promise.all(
        saves.map((saved, i) => saved.catch(options.onError).finally(() => end(handles[i] as HeldHandle, 'draining'))),
      )
    },
  }
}

function heldAs(entry: UserEntry, connectionId: string): HeldHandle | null {
  let handle = entry.held
  while (handle !== null && handle.connectionId !== connectionId) handle = handle.next
  return handle
}

/** @param now `null`: its transport does not know yet. */
function standsWhere(now: readonly SpaceView[] | null, stored: readonly SpaceEntry[]): boolean {
  if (now === null) return true
  if (now.length !== stored.length) return false
  return now.every(({ space, state }) => stored.some((entry) => entry.space === space && sameJson(entry.state, state)))
}

function stateOf({ phase, lost, inputAt }: Connection, lastInput: number): HandleState {
  if (phase !== 'active' || lost !== null) return 'quiet'
  return lastInput > inputAt ? 'active' : 'rested'
}
