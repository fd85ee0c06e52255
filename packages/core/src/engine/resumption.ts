import type { PublishedTopic } from '../machine/index.ts'
import type { FeedSignal } from '../store/contract.ts'
import type { Clock } from '../time/clock.ts'
import type { HeldHandle } from './held-connection.ts'
import type { Lease } from './lease.ts'
import type { Ledger } from './ledger.ts'
import { createResumeToken, hashOf, type ResumeToken, type TokenKind } from './resume-token.ts'
import { heldOf, type UserEntry } from './user-entry.ts'

/** A resume token as a page presents it. */
export type Presented = { readonly hash: string; readonly instance: string }

/** The token for a new connection, and the one it was opened with. */
export interface Resumed {
  readonly resume: ResumeToken
  /** `null`: a plain connect. */
  readonly resumes: Presented | null
}

/** Decides whether a page may take the place of the connection whose token it presents. Never rejects. */
export interface Resumption {
  decide(entry: UserEntry, instance: string, token: string | null, kind: TokenKind): Promise<Resumed>
  /** Another node asks, or answers. */
  onNodeMessage(message: unknown): void
}

export interface ResumptionOptions {
  readonly ledger: Ledger
  readonly clock: Clock
  readonly lease: Lease
  readonly randomId: () => string
  publish(signal: FeedSignal): Promise<void>
}

/** What nodes ask each other about the page of a connection. */
type NodeMessage =
  | {
      readonly type: 'probe'
      readonly id: string
      readonly from: string
      readonly userId: string
      readonly connectionId: string
    }
  | { readonly type: 'probed'; readonly id: string; readonly answers: boolean }

/** A node that does not say within this time that the page still answers has no say: it may be gone. */
const ASK_NODE_MS = 1000

export function createResumption(options: ResumptionOptions): Resumption {
  const { ledger, clock, lease } = options
  const asked = new Map<string, (answers: boolean) => void>()

  const handleOf = (entry: UserEntry | undefined, connectionId: string): HeldHandle | undefined =>
    entry && heldOf(entry).find((handle) => handle.connectionId === connectionId)
  const answersHere = (handle: HeldHandle): Promise<boolean> => handle.listener.probe().catch(() => false)
  const tell = (nodeId: string, message: NodeMessage): Promise<void> => {
    const topic: PublishedTopic = `node:${nodeId}`
    return options.publish({ topic, signal: message })
  }
  const answersElsewhere = (nodeId: string, userId: string, connectionId: string): Promise<boolean> =>
    new Promise((resolve) => {
      const id = options.randomId()
      const settle = (answers: boolean) => {
        asked.delete(id)
        clock.clearTimer(timer)
        resolve(answers)
      }
      const timer = clock.setTimer(() => settle(false), ASK_NODE_MS)
      asked.set(id, settle)
      tell(nodeId, { type: 'probe', id, from: lease.nodeId, userId, connectionId }).catch(() => settle(false))
    })

  /** A page that was duplicated presents the token of one that still answers: that is no resume. */
  const isResumable = async (entry: UserEntry, { hash, instance }: Presented): Promise<boolean> => {
    const { record } = await ledger.submit(entry, { type: 'review' })
    const old = record?.connections.find(({ resume }) => resume?.hash === hash)
    if (old === undefined || old.lost !== null || old.resume?.instance === instance) return true
    const handle = handleOf(entry, old.id)
    if (handle !== undefined) return !(await answersHere(handle))
    // Nobody can ask its page, which has not said that it goes.
    if (old.lease !== null) return false
    if (old.nodeId === null || old.nodeId === lease.nodeId) return true
    return !(await answersElsewhere(old.nodeId, entry.userId, old.id))
  }

  return {
    async decide(entry, instance, token, kind) {
      const presented = token === null ? null : { hash: hashOf(token), instance }
      // A store that is away cannot say; the open itself will tell.
      const resumable = presented !== null && (await isResumable(entry, presented).catch(() => true))
      return { resume: createResumeToken(options.randomId, kind), resumes: resumable ? presented : null }
    },
    onNodeMessage(message) {
      const said = message as NodeMessage | null
      if (said?.type === 'probed') asked.get(said.id)?.(said.answers)
      if (said?.type !== 'probe') return
      const { id, from, userId, connectionId } = said
      const handle = handleOf(ledger.users.peek(userId), connectionId)
      const answer = handle === undefined ? Promise.resolve(false) : answersHere(handle)
      // Nobody asks twice: who gets no answer decides without.
      answer.then((answers) => tell(from, { type: 'probed', id, answers })).catch(() => {})
    },
  }
}
