import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { isAlive, processStart, stopServer } from '../services/handle.ts'
import { locked, readState, writeState } from '../services/state.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'rollcall-state-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const here = { pid: process.pid, startedAt: processStart(process.pid) ?? '', stopSignal: 'SIGTERM' } as const
const gone = () => ({ ...here, pid: spawnSync('true').pid })

test('a process that ended is not alive, and a state file names it in vain', () => {
  const dead = gone()
  writeState({ redis: { urls: { REDIS_URL: 'redis://x' }, from: 'Redis', servers: [here, dead], folder } }, folder)
  const { redis } = readState(folder)
  expect(redis?.servers.map(isAlive)).toEqual([true, false])
})

test('another process that got the number of a server is neither taken for it nor stopped', async () => {
  const stranger = { ...here, startedAt: 'before' }
  expect(isAlive(stranger)).toBe(false)
  await stopServer(stranger)
  expect(isAlive(here)).toBe(true)
})

test('a state file that cannot be read is an empty one', () => {
  expect(readState(folder)).toEqual({})
  writeFileSync(join(folder, 'state.json'), '{"redis": {')
  expect(readState(folder)).toEqual({})
})

test('a lock left by a dead process is taken over, and given back', async () => {
  writeFileSync(join(folder, 'lock'), JSON.stringify(gone()))
  expect(await locked(async () => 'done', folder)).toBe('done')
  expect(existsSync(join(folder, 'lock'))).toBe(false)
})
