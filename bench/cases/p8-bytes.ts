import { globSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { bundle } from '../bundle.ts'
import type { CaseOptions } from '../contests.ts'
import type { Measures } from '../figures.ts'

/** What the application has anyway. */
const EXTERNAL = ['react', 'react-dom', 'socket.io-client']
const bench = fileURLToPath(new URL('..', import.meta.url))

const bytesOf = async (entry: string) => ({
  value: gzipSync(await bundle(`${bench}${entry}`, EXTERNAL), { level: 9 }).length,
  unit: 'B gzip',
})

/** Bytes of what a browser loads, minified and gzipped; the baseline is a socket, a list and a hook. */
export async function measure({ side }: CaseOptions): Promise<Measures> {
  if (side === 'baseline') {
    const naive = await bytesOf('baselines/naive-roster.ts')
    return { 'p8.bytes.websocket': naive, 'p8.bytes.socketio': naive }
  }
  const measures: Measures = {}
  for (const entry of globSync('entries/*.ts', { cwd: bench })) {
    measures[`p8.bytes.${basename(entry, '.ts')}`] = await bytesOf(entry)
  }
  return measures
}
