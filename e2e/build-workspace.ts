import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Builds the client of the demo once, before its tests. */
export default function buildWorkspace(): void {
  const cwd = fileURLToPath(new URL('../examples/workspace/', import.meta.url))
  execFileSync(`${cwd}node_modules/.bin/vite`, ['build', '--logLevel', 'warn'], { cwd, stdio: 'inherit' })
}
