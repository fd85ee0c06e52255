import { expect, test } from 'vitest'
import { startOwn } from '../services/own-server.ts'

test('starts again after a stop and after a crash, at the same address', async () => {
  await using server = await startOwn('postgres')
  const first = server.pid
  await server.stop()
  await server.start()
  await server.kill()
  expect(server.pid).toBeUndefined()
  await server.start()
  expect(server.pid).toBeGreaterThan(0)
  expect(server.pid).not.toBe(first)
})
