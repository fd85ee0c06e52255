import { join } from 'node:path'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { generate } from '../generate/generate.ts'
import { THROWS_NOTHING } from '../invariants/throws-nothing.ts'
import { simulate } from '../simulate.ts'
import { tellApart } from '../twin.ts'
import type { SourceCopy } from './apply.ts'

/** A seed that broke something, and the invariant it broke. */
export interface Broken {
  readonly seed: number
  readonly invariant: string
  readonly message: string
}

/** What a seed stands for: a run with faults, or a pair of twins. */
export type Kind = 'run' | 'twins'

interface Job {
  readonly seed: number
  readonly kind: Kind
}

/** A run takes a tenth of a second, one of a month some ten. */
const LONGEST_MS = 120_000

/** Runs seeds with the source of a copy. */
export interface SeedRunner {
  /** The lowest of `count` seeds from `from` on that breaks something. */
  firstBroken(kind: Kind, from: number, count: number): Promise<Broken | null>
  close(): Promise<void>
}

export function createSeedRunner({ folder }: SourceCopy, workers: number): SeedRunner {
  const file = join(folder, 'simulation/src/mutants/first-broken.ts')
  let pool: Worker[] = []
  const idle = () => {
    const worker = pool.pop()
    return worker ?? new Worker(file, { workerData: { runsSeeds: true }, stdout: true, stderr: true })
  }
  const run = (worker: Worker, job: Job) =>
    new Promise<{ broken: Broken | null; alive: boolean }>((resolve) => {
      const end = (broken: Broken | null, alive: boolean) => {
        clearTimeout(timer)
        worker.removeAllListeners('message').removeAllListeners('error')
        if (!alive) void worker.terminate()
        resolve({ broken, alive })
      }
      const fails = (invariant: string, message: string) => end({ seed: job.seed, invariant, message }, false)
      const timer = setTimeout(() => fails('ends', `no end after ${LONGEST_MS / 1000} s`), LONGEST_MS)
      worker.on('message', (broken: Broken | null) => end(broken, true))
      worker.on('error', (error) => fails(THROWS_NOTHING, String(error)))
      worker.postMessage(job)
    })
  return {
    async firstBroken(kind, from, count) {
      const found: Broken[] = []
      let next = from
      const work = async () => {
        let worker = idle()
        while (found.length === 0 && next < from + count) {
          const { broken, alive } = await run(worker, { seed: next++, kind })
          if (broken !== null) found.push(broken)
          if (!alive) worker = idle()
        }
        pool.push(worker)
      }
      await Promise.all(Array.from({ length: Math.min(workers, count) }, work))
      return found.toSorted((a, b) => a.seed - b.seed)[0] ?? null
    },
    async close() {
      await Promise.all(pool.map((worker) => worker.terminate()))
      pool = []
    },
  }
}

async function runJob({ seed, kind }: Job): Promise<Broken | null> {
  if (kind === 'twins') {
    const message = await tellApart(seed)
    return message === null ? null : { seed, invariant: 'invisible twin', message }
  }
  const { failure } = await simulate(generate(seed))
  return failure && { seed, ...failure }
}

if (!isMainThread && workerData?.runsSeeds === true) {
  parentPort?.on('message', async (job: Job) => parentPort?.postMessage(await runJob(job)))
}
