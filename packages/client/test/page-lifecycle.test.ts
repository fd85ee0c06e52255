// @vitest-environment happy-dom
import { afterEach, describe, expect, it, vi } from 'vitest'
import { pageLifecycle } from '../src/index.ts'
import { connectedPair, createPair, type Pair } from './fake-server.ts'

const pairs: Pair[] = []

async function page(options: object = {}, transport = { owned: true }) {
  const pair = await connectedPair({ lifecycle: pageLifecycle(), storage: sessionStorage, ...options }, transport)
  pairs.push(pair)
  return pair
}
const onWindow = (type: string) => window.dispatchEvent(new Event(type))
const onDocument = (type: string) => document.dispatchEvent(new Event(type))

afterEach(() => {
  for (const { client } of pairs.splice(0)) client.dispose()
  sessionStorage.clear()
  vi.restoreAllMocks()
})

describe('a page that goes', () => {
  it('BR-22: sends a hint and closes its own transport, inside the event', async () => {
    const { server, client } = await page()
    onWindow('pagehide')
    expect(server.sent).toEqual([{ type: 'hint' }])
    expect(server.closed).toBe(1)
    expect(client.connection.get()).toMatchObject({ status: 'suspended', reason: 'page-hidden' })
  })

  it('BR-22: is told so twice: Firefox may break off the first call', () => {
    const onLeave = vi.fn()
    const stop = pageLifecycle()?.observe({ onLeave, onFreeze() {}, onWake() {} })
    onWindow('pagehide')
    expect(onLeave).toHaveBeenCalledTimes(2)
    stop?.()
    onWindow('pagehide')
    expect(onLeave).toHaveBeenCalledTimes(2)
  })

  it('BR-23: nobody listens to unload or beforeunload', async () => {
    const added = [vi.spyOn(window, 'addEventListener'), vi.spyOn(document, 'addEventListener')]
    await page({ activity: {} })
    const events = added.flatMap(({ mock }) => mock.calls.map(([type]) => type))
    expect(events).toContain('pagehide')
    expect(events.filter((type) => /unload/.test(type))).toEqual([])
  })

  it('BR-31: a transport that closes just before does not start a reconnect', async () => {
    const { server, clock } = await page()
    server.cut()
    onWindow('pagehide')
    await clock.advance(60_000)
    expect(server.opened).toBe(1)
  })

  it('BR-32: freezing closes its own transport', async () => {
    const { server, clock, client } = await page()
    onDocument('freeze')
    expect(server.closed).toBe(1)
    expect(client.connection.get()).toMatchObject({ status: 'suspended', reason: 'page-frozen' })
    onDocument('resume')
    await clock.advance(0)
    expect(client.connection.get().status).toBe('connected')
  })

  it('stays connected while it is only hidden', async () => {
    const { server, clock, client } = await page()
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
    onDocument('visibilitychange')
    await clock.advance(600_000)
    expect(client.connection.get().status).toBe('connected')
    expect(server.sent).toEqual([])
  })
})

describe('a page that comes back', () => {
  it('BR-28: makes exactly one connection, however many events tell of it', async () => {
    const { server, clock, client } = await page()
    onWindow('pagehide')
    for (const type of ['pageshow', 'focus', 'online']) onWindow(type)
    for (const type of ['resume', 'visibilitychange']) onDocument(type)
    await clock.advance(0)
    onWindow('focus')
    await clock.advance(1_000)
    expect(server.opened).toBe(2)
    expect(server.sentOf('hello')).toMatchObject([{ resume: 'resume-1' }])
    expect(client.connection.get().status).toBe('connected')
  })

  it.each([
    ['pageshow', onWindow],
    ['focus', onWindow],
    ['online', onWindow],
    ['resume', onDocument],
    ['visibilitychange', onDocument],
  ])('BR-29: %s alone is enough', async (type, fire) => {
    const { clock, client } = await page()
    onWindow('pagehide')
    fire(type)
    await clock.advance(0)
    expect(client.connection.get().status).toBe('connected')
  })

  it('an element that gets the focus is no return', async () => {
    const { server, clock } = await page()
    await clock.advance(5_000)
    const field = document.createElement('input')
    document.body.append(field)
    field.dispatchEvent(new Event('focus'))
    expect(server.sent).toEqual([])
    onWindow('focus')
    expect(server.sentOf('query')).toHaveLength(1)
  })
})

describe('a page that is loaded again', () => {
  it('resumes: the token lies in storage from pagehide until the next start, and no longer', async () => {
    const first = await page()
    expect(sessionStorage).toHaveLength(0)
    onWindow('pagehide')
    first.client.dispose()
    expect(sessionStorage).toHaveLength(1)

    const second = createPair({ lifecycle: pageLifecycle(), storage: sessionStorage })
    pairs.push(second)
    expect(sessionStorage).toHaveLength(1)
    void second.client.connect()
    expect(sessionStorage).toHaveLength(0)
    await second.clock.advance(0)
    expect(second.server.sentOf('hello')).toMatchObject([{ resume: 'resume-1' }])
  })

  it('a page that comes back instead takes the token out again', async () => {
    await page()
    onWindow('pagehide')
    onWindow('pageshow')
    expect(sessionStorage).toHaveLength(0)
  })

  it('an invisible user is invisible from the first hello', async () => {
    const { client } = await page()
    await client.setStatus('invisible', { for: '1h' })
    onWindow('pagehide')
    const second = createPair({ storage: sessionStorage })
    void second.client.connect()
    await second.clock.advance(0)
    expect(second.server.sentOf('hello')).toMatchObject([{ resume: 'resume-1', invisible: { forMs: 3_600_000 } }])
  })

  it('leaves nothing behind after a logout', async () => {
    const { client } = await page()
    client.logout()
    onWindow('pagehide')
    expect(sessionStorage).toHaveLength(0)
  })

  it.each(['{', 'null', '{}', '{"resume":7}', '[]'])('takes no notice of %s in storage', async (text) => {
    sessionStorage.setItem('rollcall:resume', text)
    const { server, clock, client } = createPair({ storage: sessionStorage })
    void client.connect()
    await clock.advance(0)
    expect(server.sentOf('hello')[0]).not.toHaveProperty('resume')
    expect(client.connection.get().status).toBe('connected')
  })

  it('works where storage throws', async () => {
    const forbidden = () => {
      throw new DOMException('denied', 'SecurityError')
    }
    const { server, clock, client } = await page({
      storage: { getItem: forbidden, setItem: forbidden, removeItem: forbidden },
    })
    onWindow('pagehide')
    onWindow('pageshow')
    await clock.advance(0)
    expect(client.connection.get().status).toBe('connected')
    expect(server.opened).toBe(2)
  })
})

it('a page’s lifecycle and storage are found by default', async () => {
  const { server, clock, client } = createPair()
  client.dispose()
  const { createPresenceClient } = await import('@rollcall/client')
  const real = createPresenceClient({ transport: server.transport, clock })
  void real.connect()
  await clock.advance(0)
  onWindow('pagehide')
  expect(real.connection.get().status).toBe('suspended')
  expect(sessionStorage).toHaveLength(1)
  real.dispose()
})
