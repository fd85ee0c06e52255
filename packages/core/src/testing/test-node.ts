import { createPresence } from '../engine/create-presence.ts'
import type { Presence } from '../engine/presence.ts'
import type { ErrorCode } from '../errors.ts'
import type { PresenceOptions } from '../options.ts'
import type { Topic } from '../protocol/messages.ts'
import type { PresenceStore } from '../store/contract.ts'
import { type Duration, toMs } from '../time/duration.ts'
import type { VirtualClock } from '../time/virtual-clock.ts'
import { createNodeProcess } from './node-process.ts'
import { distantStore, storeWithin } from './reached-store.ts'
import { connectTo, type TestConnection, type TestConnectOptions } from './test-connection.ts'
import { type TestWatcher, watchOn } from './test-watcher.ts'

/** One node of a test cluster: a process with a started presence. */
export interface TestNode extends AsyncDisposable {
  readonly presence: Presence
  /** `stopped`: by `stop`; `crashed`: without a word. */
  readonly state: 'running' | 'stalled' | 'crashed' | 'stopped'
  /** Codes of its error events, oldest first. */
  readonly errors: readonly ErrorCode[]
  /** Opens a connection. Rejects as `presence.open` does. */
  connect(userId: string, options?: TestConnectOptions): Promise<TestConnection>
  /** Watches a topic as others may see it, or as admins do. */
  watch(topic: Topic, audience?: 'others' | 'admin'): Promise<TestWatcher>
  /** A user's status as this node reads it, for others. */
  statusOf(userId: string): Promise<string>
  /** Makes the store unreachable for this node alone: calls reject unexecuted, and it hears nothing of the feed. */
  storeAway(isAway: boolean): void
  /**
   * The process is gone without a word: no timer of it fires, no call of it is executed or answered, nothing reaches
   * it. What the store had taken stands. The ends of its connections notice nothing.
   */
  crash(): void
  /** The process stands still, for so long or until `resume`, while time goes on: no timer fires, nothing comes in or goes out. */
  stall(duration?: Duration): void
  /** A process that stands still goes on, with the next step of the clock. */
  resume(): void
  /** Drains, as `presence.stop` does. While the store is away the clock has to move for it to end. */
  stop(): Promise<void>
}

/** Starts a node on a store. */
export async function startNode(
  options: Omit<PresenceOptions, 'clock' | 'store'>,
  clock: VirtualClock,
  sharedStore: PresenceStore,
): Promise<TestNode> {
  const process = createNodeProcess(clock)
  const store = distantStore(sharedStore)
  const presence = createPresence({ ...options, clock: process.clock, store: storeWithin(process, store) })
  const errors: ErrorCode[] = []
  presence.on('error', ({ code }) => errors.push(code))
  await presence.start()
  let connections = 0
  let stopped: Promise<void> | null = null

  const node: TestNode = {
    presence,
    get state() {
      return process.state === 'running' && stopped !== null ? 'stopped' : process.state
    },
    errors,
    connect(userId, connectOptions = {}) {
      const connectionId = `${presence.nodeId}-${++connections}`
      return connectTo(presence, process, { userId, connectionId }, connectOptions)
    },
    watch: (topic, audience = 'others') => watchOn(presence, process, topic, audience),
    async statusOf(userId) {
      return (await presence.get(userId)).status
    },
    storeAway: store.away,
    crash: process.crash,
    stall(duration) {
      process.stall()
      if (duration !== undefined) clock.setTimer(process.resume, toMs(duration, 'duration'))
    },
    resume: process.resume,
    stop() {
      stopped ??= presence.stop()
      return stopped
    },
    async [Symbol.asyncDispose]() {
      if (process.state === 'crashed') return
      process.resume()
      store.away(false)
      await clock.advance(0)
      let done = false
      const ending = node.stop().finally(() => {
        done = true
      })
      await clock.settle()
      // What waits to be tried again needs time to pass; a stop has a deadline of its own.
      for (let seconds = 0; !done && seconds < 60; seconds++) await clock.advance(1000)
      await ending
    },
  }
  return node
}
