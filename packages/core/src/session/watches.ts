import type { Presence, Viewer, WatcherGroup } from '../engine/presence.ts'
import type { ClientMessage, Topic } from '../protocol/messages.ts'
import type { Firsts } from './firsts.ts'
import { permits, sift } from './permissions.ts'
import type { Refusal, Replies } from './replies.ts'
import { refusalOf } from './replies.ts'
import type { SessionTransport } from './transport.ts'

type WatchMessage = Extract<ClientMessage, { type: 'watch' }>

/** The topics that one connection watches. Once cleared it watches nothing any more. */
export interface Watches {
  /** Resolves once it is decided what may be watched; snapshots and the `ack` follow. */
  watch(message: WatchMessage, viewer: Viewer, audience: 'others' | 'admin'): Promise<void>
  unwatch(topics: readonly Topic[]): void
  /** The viewer, or the audience they belong to, changed: what they may no longer see ends. Resolves to those topics. */
  recheck(viewer: Viewer, audience: 'others' | 'admin'): Promise<readonly Topic[]>
  /** Ends all. */
  clear(): void
}

export interface WatchesOptions {
  readonly presence: Presence
  readonly group: WatcherGroup
  readonly transport: Pick<SessionTransport<never>, 'join' | 'leave' | 'recovered'>
  readonly replies: Replies
  readonly firsts: Firsts
}

/** One topic that is watched, or will be once its first snapshot is there. */
interface Watch {
  readonly topic: Topic
  readonly audience: 'others' | 'admin'
  room: string | null
  /** How often the group was asked to watch: repeated requests ask for the first snapshot anew. */
  asked: number
}

export function createWatches(options: WatchesOptions): Watches {
  const { presence, group, transport, replies, firsts } = options
  const watches = new Map<Topic, Watch>()
  const gathered = firsts.gather(replies.send)
  let closed = false

  const release = (watch: Watch) => {
    if (watches.get(watch.topic) === watch) watches.delete(watch.topic)
    if (watch.room !== null) transport.leave(watch.room)
    watch.room = null
  }
  const end = (watch: Watch) => {
    const standing = watch.room !== null
    release(watch)
    // One still under way ends when its first snapshot comes.
    if (standing) group.unwatch(watch.topic, watch.audience)
  }
  const mayWatch = (viewer: Viewer) => (topic: Topic) =>
    permits(presence, 'canWatch', (access) => access.canWatch(viewer, topic))

  /** Watches one topic; resolves to what is wrong, if anything. */
  const begin = async (watch: Watch, since: WatchMessage['topics'][number]['since']): Promise<Refusal | null> => {
    let joined = false
    try {
      await group.watch(
        watch.topic,
        watch.audience,
        transport.recovered === true ? null : (since ?? null),
        (room, first) => {
          if (watches.get(watch.topic) !== watch) return
          joined = true
          watch.asked++
          if (watch.room === null) transport.join(room)
          watch.room = room
          gathered.add(room, first)
        },
      )
    } catch (error) {
      if (watches.get(watch.topic) === watch && watch.room === null) watches.delete(watch.topic)
      return refusalOf(error, presence)
    }
    // The group counts each request: none is kept for what ended meanwhile, one for what stands.
    if (joined && watch.asked === 1) return null
    if (joined) watch.asked--
    group.unwatch(watch.topic, watch.audience)
    return null
  }

  /** Tells of the topics that are not watched, one error per reason. */
  const refuseTopics = (id: number, refused: readonly { readonly topic: Topic; readonly refusal: Refusal }[]) => {
    const byCode = new Map<string, { refusal: Refusal; topics: Topic[] }>()
    for (const { topic, refusal } of refused) {
      const known = byCode.get(refusal.code)
      if (known === undefined) byCode.set(refusal.code, { refusal, topics: [topic] })
      else known.topics.push(topic)
    }
    for (const { refusal, topics } of byCode.values()) replies.refuse('watch', id, { ...refusal, details: { topics } })
  }

  return {
    async watch({ id, topics }, viewer, audience) {
      const wanted = new Map(topics.map(({ topic, since }) => [topic, since]))
      const { allowed, denied } = await sift([...wanted.keys()], mayWatch(viewer))
      if (closed) return
      const refused = denied.map((topic) => ({ topic, refusal: forbidden() }))
      const begun: Promise<{ topic: Topic; refusal: Refusal | null }>[] = []
      for (const topic of allowed) {
        if (!watches.has(topic) && watches.size >= presence.limits.watched) {
          refused.push({ topic, refusal: tooMany(presence.limits.watched) })
          continue
        }
        const watch = watches.get(topic) ?? { topic, audience, room: null, asked: 0 }
        watches.set(topic, watch)
        begun.push(begin(watch, wanted.get(topic)).then((refusal) => ({ topic, refusal })))
      }
      void Promise.all(begun).then((outcomes) => {
        if (closed) return
        gathered.flush()
        for (const { topic, refusal } of outcomes) if (refusal !== null) refused.push({ topic, refusal })
        if (refused.length === 0) replies.ack(id)
        else refuseTopics(id, refused)
      })
    },
    unwatch(topics) {
      for (const topic of topics) {
        const watch = watches.get(topic)
        if (watch !== undefined) end(watch)
      }
    },
    async recheck(viewer, audience) {
      const { allowed, denied } = await sift([...watches.keys()], mayWatch(viewer))
      for (const topic of denied) {
        const watch = watches.get(topic)
        if (watch !== undefined) end(watch)
      }
      for (const topic of allowed) {
        const old = watches.get(topic)
        if (old === undefined || old.audience === audience) continue
        end(old)
        const watch: Watch = { topic, audience, room: null, asked: 0 }
        watches.set(topic, watch)
        void begin(watch, undefined).then(
          (refusal) => refusal && replies.refuse('watch', null, { ...refusal, details: { topics: [topic] } }),
        )
      }
      return denied
    },
    clear() {
      closed = true
      gathered.drop()
      for (const watch of [...watches.values()]) end(watch)
    },
  }
}

function forbidden(): Refusal {
  return { code: 'forbidden', message: 'These topics may not be watched by you' }
}

function tooMany(limit: number): Refusal {
  return { code: 'limit-exceeded', message: `A connection watches at most ${limit} topics; unwatch some` }
}
