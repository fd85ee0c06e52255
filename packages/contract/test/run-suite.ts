import { type StoreContractOptions, storeContract } from '../src/index.ts'

/** Every case of the suite by its name, `group: name`. */
export type Cases = ReadonlyMap<string, () => Promise<void>>

/** Defines the suite without running it. */
export function casesOf(options: Omit<StoreContractOptions, 'describe' | 'it'>): Cases {
  const cases = new Map<string, () => Promise<void>>()
  let group = ''
  storeContract({
    ...options,
    describe(name, body) {
      group = name
      body()
    },
    it(name, body) {
      const key = `${group}: ${name}`
      if (cases.has(key)) throw new Error(`two cases are called ${key}`)
      cases.set(key, body)
    },
  })
  return cases
}

/** Runs all cases at once; the failed ones with their reasons. */
export async function failuresOf(cases: Cases): Promise<ReadonlyMap<string, unknown>> {
  const failures = new Map<string, unknown>()
  const runs = [...cases].map(([name, body]) => body().catch((reason: unknown) => failures.set(name, reason)))
  await Promise.all(runs)
  return failures
}
