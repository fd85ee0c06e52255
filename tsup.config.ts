/** One build for every package: `export { default } from '../../tsup.config.ts'`. What is built is what package.json exports. */
import { readFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

type Exports = Record<string, string | { types: string; default: string }>

/** `{ index: 'src/index.ts' }` from `exports` (the source, in development) and `publishConfig.exports` (what is published). */
function entries(): Record<string, string> {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
  const published: Exports = manifest.publishConfig.exports
  const built = Object.entries(published).flatMap(([name, target]) =>
    typeof target === 'string' ? [] : [[target.default.replace(/^\.\/dist\/|\.js$/g, ''), manifest.exports[name]]],
  )
  return Object.fromEntries(built)
}

export default defineConfig(() => ({
  entry: entries(),
  format: ['esm'],
  target: ['es2022', 'node20.19'],
  platform: 'node',
  removeNodeProtocol: false,
  dts: true,
  sourcemap: true,
  clean: true,
  // No `treeshake`: it would drop the 'use client' that starts the React entries. `pnpm check` looks at the packed files.
}))
