import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { GENERATED, generate } from '../scripts/embed-lua.ts'

it('the embedded scripts are those of src/lua: run node packages/adapter-redis/scripts/embed-lua.ts', () => {
  expect(readFileSync(GENERATED, 'utf8')).toBe(generate())
})
