/**
 * Installs the packed packages into an empty project and loads every entry, by `import` and by `require`, on the Node that
 * runs this. `node scripts/smoke.mjs [FOLDER]`, with the tarballs of `pnpm check --only packages` in FOLDER. Plain
 * JavaScript: it runs on every Node that the packages support.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const tarballs = resolve(process.argv[2] ?? '.cache/tarballs')
const files = readdirSync(tarballs).filter((name) => name.endsWith('.tgz'))
assert(files.length > 0, `no tarballs in ${tarballs}: run \`pnpm check --only packages\` first`)

const project = mkdtempSync(join(tmpdir(), 'rollcall-smoke-'))
const nameOf = (file) => `@rollcall/${file.replace(/^rollcall-|-\d+\.\d+\.\d+.*$/g, '')}`
const dependencies = Object.fromEntries(files.map((file) => [nameOf(file), `file:${join(tarballs, file)}`]))
// The packages name each other by version; the tarballs stand in for what the registry would have.
writeFileSync(
  join(project, 'package.json'),
  JSON.stringify({ private: true, type: 'module', dependencies, overrides: dependencies }),
)

try {
  execFileSync('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: project, stdio: 'inherit' })
  const require = createRequire(join(project, 'index.js'))
  let entries = 0
  for (const name of Object.keys(dependencies)) {
    const manifest = JSON.parse(readFileSync(join(project, 'node_modules', name, 'package.json'), 'utf8'))
    for (const [key, target] of Object.entries(manifest.exports)) {
      if (typeof target === 'string') continue
      const imported = await import(pathToFileURL(join(project, 'node_modules', name, target.default)).href)
      const required = require(name + key.slice(1))
      assert.deepEqual(Object.keys(required).sort(), Object.keys(imported).sort(), `${name}${key.slice(1)}`)
      entries += 1
    }
  }
  console.log(`Node ${process.version}: ${entries} entries of ${files.length} packages load`)
} finally {
  rmSync(project, { recursive: true, force: true })
}
