import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { embedded, GENERATED } from '../embed-sql.ts'
import { MIGRATIONS } from '../src/index.ts'

it('embeds the SQL files as they are', () => {
  expect(readFileSync(GENERATED, 'utf8'), 'run node packages/adapter-postgres/embed-sql.ts').toBe(embedded())
})

it('numbers migrations from 1 without a gap', () => {
  expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, i) => i + 1))
})
