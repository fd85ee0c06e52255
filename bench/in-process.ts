import { setImmediate as nextTurn } from 'node:timers/promises'
import type { CaseOptions } from './contests.ts'
import type { Measure, Measures } from './figures.ts'
import { cpuMs, expectEqual, keptBytes, perCpuSecond, repeat, seededRandom, shuffled } from './measure.ts'

/** What P1 measures: presence in one process, as a transport drives it. A batch is what arrives in one turn. */
export interface InProcess<S, H> {
  /** The transport's own object for a connection; made before anything is measured. */
  socket(id: string, userId: string): S
  connect(sockets: readonly S[]): Promise<void> | void
  /** What a transport has at hand when something arrives on a socket. */
  handleOf(socket: S): H
  activity(handles: readonly H[]): void
  /** How many of these users are online. */
  read(userIds: readonly string[]): Promise<number> | number
  disconnect(sockets: readonly S[]): Promise<void> | void
  readonly held: number
  /** Visible changes to and from offline that a subscriber heard of. */
  readonly heard: { readonly online: number; readonly offline: number }
  /** Bytes to be left out of what is kept: those of a store elsewhere. */
  readonly elsewhere: number
}

const CONNECTIONS_PER_USER = 2
/** Connects and disconnects in flight, and activities between two looks at the event loop. */
const IN_FLIGHT = 256
const PER_TURN = 1000
const READ = 500

export interface Population<S> {
  readonly userIds: readonly string[]
  /** All connections in random order, by turns. */
  readonly arrivals: readonly (readonly S[])[]
  readonly lists: readonly (readonly string[])[]
}

/** Flat strings of their own for each connection: a token parser shares none of them either. */
function text(value: string): string {
  return Buffer.from(value).toString('latin1')
}

export function populate<S, H>(subject: InProcess<S, H>, users: number, seed: number): Population<S> {
  const random = seededRandom(seed)
  const total = users * CONNECTIONS_PER_USER
  const sockets: S[] = []
  const userIds: string[] = []
  for (let i = 0; i < users; i++) userIds.push(text(`user-${seed}-${i}`))
  for (const i of shuffled(total, random)) {
    const id = text(`${seed}-${i.toString(36).padStart(6, '0')}-abcdefghijkl`)
    sockets.push(subject.socket(id, text(`user-${seed}-${i % users}`)))
  }
  const pick = () => userIds[Math.floor(random() * users)] as string
  return {
    userIds,
    arrivals: batchesOf(sockets, IN_FLIGHT),
    lists: Array.from({ length: 100 }, () => Array.from({ length: READ }, pick)),
  }
}

function batchesOf<T>(items: readonly T[], size: number): T[][] {
  const batches: T[][] = []
  for (let from = 0; from < items.length; from += size) batches.push(items.slice(from, from + size))
  return batches
}

/** The handles of all connections in another random order. */
function handlesOf<S, H>(subject: InProcess<S, H>, { arrivals }: Population<S>): H[] {
  const sockets = arrivals.flat()
  return Array.from(shuffled(sockets.length, seededRandom(4)), (i) => subject.handleOf(sockets[i] as S))
}

/** Hands the batches over, one per turn of the event loop. */
export async function inTurns<T>(batches: readonly T[], work: (batch: T) => Promise<void> | void): Promise<void> {
  for (const batch of batches) {
    const pending = work(batch)
    if (pending !== undefined) await pending
    await nextTurn()
  }
}

/** CPU ns of one activity that has a turn to itself, beyond those of an empty turn: what nothing can be shared with. */
async function activityAlone<S, H>(subject: InProcess<S, H>, handles: readonly H[], quick: boolean): Promise<Measure> {
  const turns = (work: (i: number) => void) =>
    new Promise<number>((resolve) => {
      const count = quick ? 100 : 200_000
      const from = cpuMs()
      let i = 0
      const step = () => {
        work(i)
        if (++i < count) setImmediate(step)
        else resolve(cpuMs() - from)
      }
      step()
    })
  const one = handles.map((handle) => [handle])
  const active = (i: number) => subject.activity(one[i % one.length] as H[])
  // Both once to be compiled, then both to be measured.
  await turns(() => {})
  await turns(active)
  const empty = await turns(() => {})
  const busy = await turns(active)
  const count = quick ? 100 : 200_000
  return { value: Math.max(0, ((busy - empty) * 1e6) / count), unit: 'CPU ns' }
}

/** A small life, so that the measured one runs compiled code. */
async function warmUp<S, H>(subject: InProcess<S, H>, users: number): Promise<void> {
  const population = populate(subject, users, 0)
  const { arrivals, lists } = population
  await inTurns(arrivals, (batch) => subject.connect(batch))
  const activities = batchesOf(handlesOf(subject, population), PER_TURN)
  for (let i = 0; i < 10; i++) await inTurns(activities, (batch) => subject.activity(batch))
  await inTurns(lists, async (list) => void (await subject.read(list)))
  await inTurns(arrivals, (batch) => subject.disconnect(batch))
}

export async function measureInProcess<S, H>(subject: InProcess<S, H>, { n, quick }: CaseOptions): Promise<Measures> {
  await warmUp(subject, quick ? 50 : 5000)
  const population = populate(subject, n, 1)
  const { arrivals, lists } = population
  const total = n * CONNECTIONS_PER_USER
  const { online, offline } = subject.heard
  const before = (await keptBytes()) - subject.elsewhere

  const connecting = await repeat(0, () => inTurns(arrivals, (batch) => subject.connect(batch)))
  expectEqual(subject.held, total, 'connections held')
  expectEqual(subject.heard.online - online, n, 'users heard to come online')
  const bytes = (await keptBytes()) - subject.elsewhere - before

  const handles = handlesOf(subject, population)
  const activities = batchesOf(handles, PER_TURN)
  const first = await repeat(0, () => inTurns(activities, (batch) => subject.activity(batch)))
  const active = await repeat(quick ? 1 : 500, () => inTurns(activities, (batch) => subject.activity(batch)))
  const alone = await activityAlone(subject, handles.slice(0, 50_000), quick)
  const reading = await repeat(quick ? 1 : 500, () =>
    inTurns(lists, async (list) => expectEqual(await subject.read(list), READ, 'users online')),
  )
  const leaving = await repeat(0, () => inTurns(arrivals, (batch) => subject.disconnect(batch)))
  expectEqual(subject.held, 0, 'connections held after all left')
  expectEqual(subject.heard.offline - offline, n, 'users heard to go offline')
  return {
    'p1.connect': perCpuSecond(total, connecting.ms),
    'p1.activity': perCpuSecond(active.times * total, active.ms),
    'p1.activity.first': perCpuSecond(total, first.ms),
    'p1.activity.alone': alone,
    'p1.read500': { value: (reading.ms * 1000) / (reading.times * lists.length), unit: 'CPU µs' },
    'p1.disconnect': perCpuSecond(total, leaving.ms),
    'p1.bytes': { value: bytes / total, unit: 'B/connection' },
  }
}
