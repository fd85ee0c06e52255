import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { generate } from './generate/generate.ts'
import type { Failure } from './run-scene.ts'
import { simulate } from './simulate.ts'

/** What many seeds came to. */
export interface SeedsReport {
  readonly seeds: number
  readonly steps: number
  readonly virtualMs: number
  readonly tookMs: number
  readonly broken: readonly { readonly seed: number; readonly failure: Failure }[]
}

export interface SeedsOptions {
  readonly from: number
  readonly count: number
  /** Names of invariants that are not looked at. */
  readonly without: readonly string[]
  /** Runs all seeds, whatever breaks. */
  readonly keepsGoing: boolean
  onProgress(line: string): void
}

interface SeedResult {
  readonly seed: number
  readonly failure: Failure | null
  readonly steps: number
  readonly virtualMs: number
}

/** Runs seeds `from`, `from + 1`, … on all cores. Results do not depend on how many there are. */
export async function runSeeds({ from, count, without, keepsGoing, onProgress }: SeedsOptions): Promise<SeedsReport> {
  const started = performance.now()
  const results: SeedResult[] = []
  const workers = Math.max(1, Math.min(availableParallelism(), count))
  let stopped = false
  let next = from
  const elapsed = () => performance.now() - started
  const work = () =>
    new Promise<void>((resolve, reject) => {
      const worker = new Worker(new URL(import.meta.url), { workerData: { without } satisfies SeedsWork })
      const give = () => {
        if (stopped || next >= from + count) {
          void worker.terminate().then(() => resolve())
          return
        }
        worker.postMessage(next++)
      }
      worker.on('error', reject)
      worker.on('message', (result: SeedResult) => {
        results.push(result)
        if (result.failure !== null && !keepsGoing) stopped = true
        if (results.length % 20 === 0) {
          const broken = results.filter(({ failure }) => failure !== null).length
          onProgress(`${results.length} of ${count} seeds, ${broken} broken, ${(elapsed() / 1000).toFixed(0)} s`)
        }
        give()
      })
      give()
    })
  await Promise.all(Array.from({ length: workers }, work))
  const broken = results
    .flatMap(({ seed, failure }) => (failure === null ? [] : [{ seed, failure }]))
    .toSorted((a, b) => a.seed - b.seed)
  return {
    seeds: results.length,
    steps: results.reduce((sum, { steps }) => sum + steps, 0),
    virtualMs: results.reduce((sum, { virtualMs }) => sum + virtualMs, 0),
    tookMs: elapsed(),
    broken,
  }
}

/** What a worker of these needs to know; no other worker has it. */
interface SeedsWork {
  readonly without: readonly string[]
}

if (!isMainThread && workerData?.without !== undefined) {
  const { without } = workerData as SeedsWork
  parentPort?.on('message', async (seed: number) => {
    const { failure, steps, virtualMs } = await simulate(generate(seed), { without })
    parentPort?.postMessage({ seed, failure, steps, virtualMs } satisfies SeedResult)
  })
}
