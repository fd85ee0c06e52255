/** Embeds `sql/*.sql` into `src/migrations.generated.ts`. `node packages/adapter-postgres/embed-sql.ts` writes it. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const folder = new URL('sql/', import.meta.url)
export const GENERATED = new URL('src/migrations.generated.ts', import.meta.url)

/** The module as the files of `sql` make it: one migration per file, in the order of their numbers. */
export function embedded(): string {
  const entries = readdirSync(folder)
    .sort()
    .map((file) => {
      const [, version, name] = /^(\d{3})-([a-z-]+)\.sql$/.exec(file) ?? []
      if (version === undefined || name === undefined) throw new Error(`${file}: name it 001-what-it-does.sql`)
      const sql = readFileSync(new URL(file, folder), 'utf8')
      return `  { version: ${Number(version)}, name: '${name}', sql: ${JSON.stringify(sql)} },`
    })
  return [
    '// Written by embed-sql.ts from sql/*.sql: edit those, and add to them only.',
    'export const MIGRATION_FILES = [',
    ...entries,
    '] as const',
    '',
  ].join('\n')
}

if (import.meta.main) writeFileSync(GENERATED, embedded())
