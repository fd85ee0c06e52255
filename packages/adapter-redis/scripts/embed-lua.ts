/** Embeds the scripts of `src/lua` into a module: `node packages/adapter-redis/scripts/embed-lua.ts`. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const folder = new URL('../src/lua/', import.meta.url)
export const GENERATED = new URL('../src/lua.generated.ts', import.meta.url)

/** A part that others include, and that is no script by itself. */
const PARTS = ['places', 'index']
const INCLUDE = /^-- @include (\S+)$/

/** The code without comments: what is sent when a server does not know a script. */
function readCode(file: string): readonly string[] {
  return readFileSync(new URL(file, folder), 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [, part] = INCLUDE.exec(line) ?? []
      if (part !== undefined) return readCode(part)
      return /^\s*(--.*)?$/.test(line) ? [] : [line.trim()]
    })
}

/** The module as it should be. */
export function generate(): string {
  const names = readdirSync(folder).map((file) => file.replace(/\.lua$/, ''))
  const scripts = names
    .filter((name) => !PARTS.includes(name))
    .sort()
    .map((name) => {
      const source = readCode(`${name}.lua`).join('\n')
      const sha = createHash('sha1').update(source).digest('hex')
      return `  ${name}: {\n    sha: '${sha}',\n    source: ${JSON.stringify(source)},\n  },`
    })
  return [
    '// Made by scripts/embed-lua.ts from the scripts of src/lua; do not edit.',
    'export const SCRIPTS = {',
    ...scripts,
    '} as const',
    '',
  ].join('\n')
}

if (import.meta.main) writeFileSync(GENERATED, generate())
