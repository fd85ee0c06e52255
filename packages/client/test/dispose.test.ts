// @vitest-environment happy-dom
import { createPresenceClient } from '@rollcall/client'
import { afterEach, expect, it, vi } from 'vitest'
import { createFakeServer, createPair, selfView } from './fake-server.ts'

afterEach(() => {
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

it('BR-64: 100 clients made, used and disposed leave no timer, listener or channel', async () => {
  const open = new Set<unknown>()
  vi.stubGlobal(
    'BroadcastChannel',
    class {
      constructor() {
        open.add(this)
      }
      postMessage() {}
      close() {
        open.delete(this)
      }
    },
  )
  const listeners = new Map<string, number>()
  const count = (by: number) => (type: string) => void listeners.set(type, (listeners.get(type) ?? 0) + by)
  for (const target of [window, document]) {
    vi.spyOn(target, 'addEventListener').mockImplementation(count(1))
    vi.spyOn(target, 'removeEventListener').mockImplementation(count(-1))
  }
  for (let i = 0; i < 100; i++) {
    const { transport, clock, say, isAttached: _, ...server } = createFakeServer()
    const client = createPresenceClient({ transport, clock })
    void client.connect()
    const stops = [
      client.user('ada').subscribe(() => {}),
      client.members('room').subscribe(() => {}),
      client.counts('room').subscribe(() => {}),
      client.signals('room', 'typing').subscribe(() => {}),
      client.on('change', () => {}),
    ]
    await clock.advance(i % 3 ? 100 : 0)
    expect([...listeners.values()].some((n) => n > 0)).toBe(true)
    client.keepActive()
    client.enter('room', 1).setState(2)
    void client.setStatus('busy')
    say({ type: 'signal', space: 'room', userId: 'ada', name: 'typing', data: null, forMs: 60_000 })
    say({ type: 'self', self: selfView({ status: 'away' }) })
    if (i % 4 === 0) server.cut()
    if (i % 5 === 0) for (const stop of stops) stop()
    await clock.advance(i)
    client.dispose()
    if (i % 5) for (const stop of stops) stop()
    expect(clock.pending).toBe(0)
  }
  expect([...listeners.values()].filter((n) => n !== 0)).toEqual([])
  expect(open.size).toBe(0)
})

it('a disposed client stays so', async () => {
  const { server, clock, client } = createPair()
  void client.connect()
  await clock.advance(0)
  client.dispose()
  client.dispose()
  expect(await client.connect()).toMatchObject({ status: 'closed', reason: 'dispose' })
  client.reconnect()
  client.active()
  client.idle()
  client.keepActive()()
  client.user('ada').subscribe(() => {})()
  client.enter('room').exit()
  expect(await client.setStatus('busy')).toMatchObject({ ok: false, error: { code: 'unavailable' } })
  expect(client.signal('room', 'typing')).toBe(false)
  await clock.advance(3_600_000)
  expect(server.opened).toBe(1)
  expect(clock.pending).toBe(0)
})

it('a client that never connected can be disposed', () => {
  const { server, clock, client } = createPair()
  client.dispose()
  expect(client.connection.get().status).toBe('closed')
  expect([server.opened, clock.pending]).toEqual([0, 0])
})
