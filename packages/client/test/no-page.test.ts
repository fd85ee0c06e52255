import { createPresenceClient, pageLifecycle } from '@rollcall/client'
import { expect, it, vi } from 'vitest'
import { createFakeServer, user } from './fake-server.ts'

it('BR-47: there is no window here, and making and reading a client needs none, nor a timer', () => {
  expect(typeof window).toBe('undefined')
  const timers = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'setInterval')]
  const warnings = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')]
  const { transport } = createFakeServer()
  const client = createPresenceClient({ transport, initialUsers: [user('ada')] })
  expect(client.user('bob').get().status).toBe('unknown')
  expect(client.user('ada').get()).toMatchObject({ status: 'online', stale: true })
  expect(client.users({ space: 'room' }).get()).toEqual([])
  expect(client.connection.get().status).toBe('idle')
  for (const spy of [...timers, ...warnings]) expect(spy).not.toHaveBeenCalled()
  vi.restoreAllMocks()
})

it('a process has neither a page’s lifecycle nor its input', async () => {
  expect(pageLifecycle()).toBe(null)
  const { transport, clock, sentOf } = createFakeServer()
  const client = createPresenceClient({ transport, clock })
  void client.connect()
  await clock.advance(0)
  expect(client.connection.get().status).toBe('connected')
  client.active()
  expect(sentOf('active')).toHaveLength(1)
  client.dispose()
  expect(clock.pending).toBe(0)
})
