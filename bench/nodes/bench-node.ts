/** One server process of an application, as P3 and P7 drive it. Each user has at most one connection on each node. */
export interface BenchNode {
  /** Resolves once it is stored. */
  connect(userId: string): Promise<void>
  /** On purpose; resolves once it is stored. */
  disconnect(userId: string): Promise<void>
  /** A sign of life of a connected user: input, or a heartbeat. */
  activity(userId: string): Promise<void> | void
  /** How many of these users the store says are online. */
  online(userIds: readonly string[]): Promise<number>
  /** Hears of every change in these spaces, and of who is there, on whatever node they connect. */
  watch(spaces: readonly string[], heard: (userId: string, isOnline: boolean) => void): Promise<void>
  /** What this node told the application, or the other nodes: who came online, and who went offline. */
  readonly told: readonly Told[]
  close(): Promise<void>
}

export interface Told {
  readonly userId: string
  readonly isOnline: boolean
  /** How much later than it was due, in ms; 0 for what was not due by time. */
  readonly lateMs: number
}

export const SPACE_SIZE = 50

/** `user-<number>` stands in the organisation of his fifty. */
export function spaceOf(userId: string): string {
  return `org:${Math.floor(Number(userId.slice(userId.lastIndexOf('-') + 1)) / SPACE_SIZE)}`
}

export function userIds(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `user-${from + i}`)
}

/** Calls `work` for each item, with at most `inFlight` calls under way. */
export async function withInFlight<T>(
  items: readonly T[],
  inFlight: number,
  work: (item: T) => Promise<unknown> | unknown,
): Promise<void> {
  let next = 0
  const lane = async () => {
    while (next < items.length) await work(items[next++] as T)
  }
  await Promise.all(Array.from({ length: Math.min(inFlight, items.length) }, lane))
}
