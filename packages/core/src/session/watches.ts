import type { Viewer } from '../engine/presence.ts'
import type { ClientMessage, Sequence, Topic } from '../protocol/messages.ts'
import type { GatheredFirsts } from './firsts.ts'
import type { HostParts } from './host-parts.ts'
import { permits, sift } from './permissions.ts'
import { ack, type Client, RETRY_AFTER_MS, type Refusal, refusalOf, refuse, send } from './replies.ts'
import type { SessionTransport } from './transport.ts'
import { type Watch, WatchTable } from './watch-table.ts'

type WatchMessage = Extract<ClientMessage, { type: 'watch' }>

/** Whose watches they are. */
export interface Watcher extends Client {
  readonly host: HostParts<never>
  readonly transport: Pick<SessionTransport<never>, 'send' | 'join' | 'leave' | 'recovered'>
}

/**
 * The topics that one connection watches. A class, as everything there is one of per connection: its methods are
 * shared.
 */
export class Watches {
  readonly #client: Watcher
  readonly #table = new WatchTable()
  #closed = false

  constructor(client: Watcher) {
    this.#client = client
  }

  /** Resolves once it is decided what may be watched; snapshots and the `ack` follow. */
  async watch({ id, topics }: WatchMessage, viewer: Viewer, audience: 'others' | 'admin'): Promise<void> {
    const { host } = this.#client
    const limit = host.presence.limits.watched
    const wanted = new Map(topics.map(({ topic, since }) => [topic, since]))
    // What stands was permitted to this viewer; whenever the viewer changes, all is asked again.
    const isNew = (topic: Topic) => this.#table.get(topic) === undefined
    const sifted = await sift([...wanted.keys()].filter(isNew), (topic) => mayWatch(host, viewer, topic))
    if (this.#closed) return
    const refused: Refused[] = [
      ...sifted.denied.map((topic) => ({ topic, refusal: FORBIDDEN })),
      ...sifted.unknown.map((topic) => ({ topic, refusal: UNDECIDED })),
    ]
    const isRefused = new Set(refused.map(({ topic }) => topic))
    const allowed = [...wanted.keys()].filter((topic) => !isRefused.has(topic))
    const gathered = this.#gather()
    const begun: Promise<Refused | null>[] = []
    for (const topic of allowed) {
      let watch = this.#table.get(topic)
      if (watch === undefined && this.#table.size >= limit) {
        refused.push({ topic, refusal: tooMany(limit) })
        continue
      }
      if (watch === undefined) {
        watch = this.#table.add(topic, audience)
      }
      begun.push(this.#begin(watch, wanted.get(topic) ?? null, gathered))
    }
    void Promise.all(begun).then((outcomes) => {
      gathered.flush()
      if (this.#closed) return
      for (const outcome of outcomes) if (outcome !== null) refused.push(outcome)
      if (refused.length === 0) ack(this.#client, id)
      else this.#refuse(id, refused)
    })
  }

  unwatch(topics: readonly Topic[]): void {
    for (const topic of topics) this.#end(topic)
  }

  /** The viewer, or the audience they belong to, changed: what they may no longer see ends. Resolves to those topics. */
  async recheck(viewer: Viewer, audience: 'others' | 'admin'): Promise<readonly Topic[]> {
    const { host } = this.#client
    const standing = this.#table.all().map(({ topic }) => topic)
    // Of what cannot be told now it stays as it is.
    const { allowed, denied } = await sift(standing, (topic) => mayWatch(host, viewer, topic))
    for (const topic of denied) this.#end(topic)
    const gathered = this.#gather()
    const begun: Promise<Refused | null>[] = []
    for (const topic of allowed) {
      const old = this.#table.get(topic)
      if (old === undefined || old.audience === audience) continue
      this.#end(topic)
      begun.push(this.#begin(this.#table.add(topic, audience), null, gathered))
    }
    void this.#finish(begun, gathered)
    return denied
  }

  /** What was broadcast was dropped: every topic begins anew with a snapshot, and nothing of it comes before that. */
  refresh(): void {
    const gathered = this.#gather()
    const begun = this.#table
      .all()
      // The others have their first snapshot still to come.
      .filter(({ room }) => room !== null)
      .map(async (old) => {
        this.#leave(old)
        const outcome = await this.#begin(this.#table.add(old.topic, old.audience), null, gathered)
        // Only now, so that a topic that nobody else watches is not read from the store again.
        this.#client.host.group.unwatch(old.topic, old.audience)
        return outcome
      })
    void this.#finish(begun, gathered)
  }

  /** Ends all, for good. */
  close(): void {
    this.#closed = true
    for (const { topic } of this.#table.all()) this.#end(topic)
  }

  #gather(): GatheredFirsts {
    return this.#client.host.firsts.gather((message) => {
      if (!this.#closed) send(this.#client, message)
    })
  }

  /** Sends what was gathered once all have begun, and tells of those that could not. */
  async #finish(begun: readonly Promise<Refused | null>[], gathered: GatheredFirsts): Promise<void> {
    const outcomes = await Promise.all(begun)
    gathered.flush()
    if (this.#closed) return
    const refused = outcomes.filter((outcome) => outcome !== null)
    this.#refuse(null, refused)
  }

  /** Watches one topic; resolves to what is wrong, if anything. */
  async #begin(watch: Watch, since: Sequence | null, gathered: GatheredFirsts): Promise<Refused | null> {
    const { host, transport } = this.#client
    const { topic, audience } = watch
    const isCurrent = () => this.#table.get(topic) === watch
    let joined = false
    try {
      await host.group.watch(topic, audience, transport.recovered === true ? null : since, (room, first) => {
        if (!isCurrent()) return
        joined = true
        watch.asked++
        if (watch.room === null) transport.join(room)
        watch.room = room
        gathered.add(room, first)
      })
    } catch (error) {
      if (watch.room === null) this.#table.delete(watch)
      return { topic, refusal: refusalOf(error, host.presence) }
    }
    // The group counts each request: none is kept for what ended meanwhile, one for what stands.
    if (joined && watch.asked === 1) return null
    if (joined) watch.asked--
    host.group.unwatch(topic, audience)
    return null
  }

  #end(topic: Topic): void {
    const watch = this.#table.get(topic)
    if (watch === undefined) return
    // One that is still under way ends when its first snapshot comes.
    if (this.#leave(watch)) this.#client.host.group.unwatch(topic, watch.audience)
  }

  /** Takes a watch off the table; `true` if it had begun, and the group still counts it. */
  #leave(watch: Watch): boolean {
    this.#table.delete(watch)
    if (watch.room === null) return false
    this.#client.transport.leave(watch.room)
    watch.room = null
    return true
  }

  /** Tells of the topics that are not watched, one error per reason; first of what may be tried again. */
  #refuse(id: number | null, refused: readonly Refused[]): void {
    const isFinal = ({ refusal }: Refused) => Number(refusal.retryAfterMs === undefined)
    const sorted = refused.toSorted((a, b) => isFinal(a) - isFinal(b))
    for (const code of new Set(sorted.map(({ refusal }) => refusal.code))) {
      const same = refused.filter(({ refusal }) => refusal.code === code)
      const topics = same.map(({ topic }) => topic)
      refuse(this.#client, 'watch', id, { ...(same[0] as Refused).refusal, details: { topics } })
    }
  }
}

/** A topic that is not watched, and why. */
interface Refused {
  readonly topic: Topic
  readonly refusal: Refusal
}

function mayWatch(host: HostParts<never>, viewer: Viewer, topic: Topic): Promise<boolean> {
  return permits(host.presence, 'canWatch', (access) => access.canWatch(viewer, topic))
}

const UNDECIDED: Refusal = {
  code: 'unavailable',
  message: 'It cannot be told now whether these topics may be watched by you; try again',
  retryAfterMs: RETRY_AFTER_MS,
}
const FORBIDDEN: Refusal = { code: 'forbidden', message: 'These topics may not be watched by you' }

function tooMany(limit: number): Refusal {
  return { code: 'limit-exceeded', message: `A connection watches at most ${limit} topics; unwatch some` }
}
