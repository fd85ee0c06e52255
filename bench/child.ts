/** One side of one comparison in a process of its own, so that heaps and compiled code do not mix. Prints its measures. */
import type { Case } from './contests.ts'

const [file, options] = process.argv.slice(2)
if (file === undefined || options === undefined) throw new Error('usage: child.ts CASE OPTIONS')
const { measure } = (await import(new URL(`cases/${file}.ts`, import.meta.url).href)) as Case
const measures = await measure(JSON.parse(options))
process.stdout.write(`${JSON.stringify(measures)}\n`, () => process.exit(0))
