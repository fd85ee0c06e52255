import type { Topic } from '../protocol/messages.ts'

/** One topic that is watched, or will be once its first snapshot is there. */
export interface Watch {
  readonly topic: Topic
  readonly audience: 'others' | 'admin'
  /** Where its diffs come; `null` until the first snapshot. */
  room: string | null
  /** How often the group was asked to watch: repeated requests ask for the first snapshot anew. */
  asked: number
  /** The next of a few. */
  next: Watch | null
}

/** More than so many are looked up in a map. */
const FEW = 16

/**
 * The watches of one connection, by topic. Most have one or two, and there are as many connections as sockets: a few
 * form a chain, which takes no memory of its own.
 */
export class WatchTable {
  #first: Watch | null = null
  #many: Map<Topic, Watch> | null = null

  get size(): number {
    return this.#many?.size ?? this.all().length
  }

  get(topic: Topic): Watch | undefined {
    if (this.#many !== null) return this.#many.get(topic)
    for (let watch = this.#first; watch !== null; watch = watch.next) if (watch.topic === topic) return watch
    return undefined
  }

  /** There must be none of this topic. */
  add(topic: Topic, audience: 'others' | 'admin'): Watch {
    const watch: Watch = { topic, audience, room: null, asked: 0, next: null }
    if (this.#many === null && this.size === FEW) {
      this.#many = new Map(this.all().map((each) => [each.topic, each]))
      this.#first = null
    }
    if (this.#many === null) {
      watch.next = this.#first
      this.#first = watch
    } else this.#many.set(topic, watch)
    return watch
  }

  /** Does nothing if another one took its place. */
  delete(watch: Watch): void {
    if (this.get(watch.topic) !== watch) return
    this.#many?.delete(watch.topic)
    if (this.#first === watch) this.#first = watch.next
    for (let each = this.#first; each !== null; each = each.next) if (each.next === watch) each.next = watch.next
  }

  all(): readonly Watch[] {
    if (this.#many !== null) return [...this.#many.values()]
    const all: Watch[] = []
    for (let watch = this.#first; watch !== null; watch = watch.next) all.push(watch)
    return all
  }
}
