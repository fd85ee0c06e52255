import { isPresenceError } from '@rollcall/core'
import type { EndByPage } from './overheard.ts'
import type { Process } from './process.ts'

/** Who may see when a user was last seen, as a thing that is asked for. */
export const LAST_SEEN_TO = 'last seen to'

/** What was asked for that must be found in the store once it was acknowledged. */
export interface Asked {
  readonly userId: string
  /** Operations of one user on one thing: the last one counts. */
  readonly thing: string
  /** What must then stand; `null`: nothing. */
  readonly value: string | null
  /** It may also have ended by itself. */
  readonly passing: boolean
  /** Store time of the operation as its node stamped it: between these two. */
  notBefore: number
  notAfter: number
  acked: boolean
  /** Refused only because the store was away: this process stores it all the same, as long as it lives. */
  keptBy: Process | null
  /** World time of the acknowledgement. */
  ackedAt: number | null
}

/** Ends that were asked for on purpose. */
export interface AskedEnd {
  readonly userId: string
  /** Connections that stood, as their pages knew, when the end was asked for. */
  readonly connectionIds: readonly string[]
  readonly what: 'sign-out' | 'kick' | 'leave'
  readonly at: number
  ackedAt: number | null
}

/** Keeps what the application and its users asked for, and what was acknowledged. */
export interface Witness {
  readonly asked: readonly Asked[]
  readonly ends: readonly AskedEnd[]
  /**
   * @param stamp The operation's time by the clock of the node that stamps it, as far as that is known when it is called;
   * `null`: a page does not know when its message arrives.
   * @param answered Resolves to whether it was acknowledged, or by which process it is kept; never settles if its process
   * dies.
   */
  ask(
    asked: Pick<Asked, 'userId' | 'thing' | 'value' | 'passing'>,
    stamp: (() => number) | null,
    answered: Promise<boolean | Process>,
  ): void
  /** Calls back at the moment of each acknowledgement. */
  onAcknowledged(listener: (asked: Asked) => void): void
  /** @param by A page's word, which is acknowledged when a server has done it: see `endHeard`. */
  end(
    end: Pick<AskedEnd, 'userId' | 'connectionIds' | 'what'>,
    by: Promise<boolean> | { readonly connectionId: string } | { readonly sessionId: string },
  ): void
  /** A page's word that ends something reached a server. */
  readonly endHeard: (end: EndByPage, saved: Promise<void>) => void
  /** Something a user did that counts as input reached a server now. */
  input(userId: string): void
  /** Store time of the last; negative infinity: none. */
  lastInputOf(userId: string): number
  /** Forgets what was asked of a user: it is to be gone. */
  excuse(userId: string): void
  /**
   * The store lost something of a user. Nothing is said of it until an audit's time has passed; then what somebody knew, and
   * knows, who could tell the store, counts again.
   *
   * @param isKept Whether somebody living knows what was acknowledged at that world time. Asked now, and after the audit.
   * @returns To be called after the audit.
   */
  damage(userId: string, isKept: (ackedAt: number) => boolean): () => void
}

/** @param storeNow Store time; `now` is the world's. */
export function createWitness(now: () => number, storeNow: () => number): Witness {
  const listeners: ((asked: Asked) => void)[] = []
  const asked: Asked[] = []
  const excused = new WeakSet<Asked>()
  /** How often something of a user came to harm. */
  const harms = new Map<string, number>()
  const ends: AskedEnd[] = []
  const inputs = new Map<string, number>()
  /** What pages named when they asked for an end: a connection or a session. */
  const said = new Map<AskedEnd, string>()
  const acknowledge = (entry: AskedEnd, saved: Promise<void>) => {
    const harm = harms.get(entry.userId)
    saved.then(
      () => {
        // What was lost before the answer came is known to nobody.
        if (harms.get(entry.userId) === harm) entry.ackedAt ??= now()
      },
      () => {},
    )
  }
  return {
    asked,
    ends,
    ask(what, stamp, answered) {
      const clock = stamp ?? storeNow
      const first = clock()
      const entry: Asked = {
        ...what,
        notBefore: first,
        notAfter: Number.POSITIVE_INFINITY,
        acked: false,
        keptBy: null,
        ackedAt: null,
      }
      asked.push(entry)
      const settle = (ok: boolean | Process) => {
        // A node may have measured the store's time between being asked and stamping.
        const last = clock()
        if (stamp !== null) entry.notBefore = Math.min(first, last)
        entry.notAfter = Math.max(first, last)
        // An answer that comes after something else took the effect back proves nothing.
        if (ok === false || excused.has(entry)) return
        if (ok !== true) {
          entry.keptBy = ok
          return
        }
        entry.acked = true
        entry.ackedAt = now()
        for (const listener of listeners) listener(entry)
      }
      answered.then(settle, () => settle(false))
    },
    onAcknowledged: (listener) => void listeners.push(listener),
    end(what, by) {
      const entry: AskedEnd = { ...what, at: now(), ackedAt: null }
      ends.push(entry)
      if (!('then' in by)) {
        said.set(entry, 'connectionId' in by ? by.connectionId : by.sessionId)
        return
      }
      acknowledge(
        entry,
        by.then((ok) => {
          if (!ok) throw new Error('refused')
        }),
      )
    },
    endHeard(end, saved) {
      const id = end.what === 'leave' ? end.connectionId : end.sessionId
      for (const entry of ends)
        if (entry.what === end.what && entry.userId === end.userId && said.get(entry) === id) acknowledge(entry, saved)
    },
    input: (userId) => void inputs.set(userId, storeNow()),
    lastInputOf: (userId) => inputs.get(userId) ?? Number.NEGATIVE_INFINITY,
    excuse,
    damage(userId, isKept) {
      const isKnown = ({ userId: of, ackedAt }: { readonly userId: string; readonly ackedAt: number | null }) =>
        of === userId && ackedAt !== null && isKept(ackedAt)
      const known = asked.filter((entry) => entry.acked && isKnown(entry))
      const knownEnds = ends.filter(isKnown).map((entry) => ({ entry, ackedAt: entry.ackedAt }))
      excuse(userId)
      const harm = harms.get(userId)
      return () => {
        if (harms.get(userId) !== harm) return
        for (const entry of known) entry.acked = entry.ackedAt !== null && isKept(entry.ackedAt)
        for (const { entry, ackedAt } of knownEnds) if (ackedAt !== null && isKept(ackedAt)) entry.ackedAt = ackedAt
      }
    },
  }

  function excuse(userId: string) {
    harms.set(userId, (harms.get(userId) ?? 0) + 1)
    for (const entry of asked) {
      // What was acknowledged and then lost may be there or not; it is surely not more recent than what follows.
      if (entry.userId !== userId) continue
      entry.acked = false
      entry.keptBy = null
      excused.add(entry)
    }
    for (const entry of ends) if (entry.userId === userId) entry.ackedAt = null
  }
}

/** What becomes of a call of the application at a node, for {@link Witness.ask}. */
export async function outcomeOf(call: Promise<unknown>, process: Process): Promise<boolean | Process> {
  try {
    await call
    return true
  } catch (error) {
    if (!isPresenceError(error)) return false
    // A node that does not know the store's time yet can stamp nothing, and keeps nothing.
    const isOfNode = error.code === 'unavailable' && error.details.nodeId !== undefined
    return error.code === 'store-error' || isOfNode ? process : false
  }
}
