// @vitest-environment happy-dom
import { createPresenceClient } from '@rollcall/client'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connectedPair, createFakeServer, type Pair, selfView, valuesOf } from './fake-server.ts'
import { manualLifecycle } from './manual-lifecycle.ts'

const pairs: Pair[] = []

/** A tab with a client that notices input; the events of a test are nobody's, so untrusted ones count. */
async function tab(activity: object = {}, options: object = {}): Promise<Pair> {
  const pair = await connectedPair({ activity: { trustedOnly: false, ...activity }, ...options })
  pairs.push(pair)
  return pair
}

const input = (type = 'pointermove', target: EventTarget = document.body) =>
  target.dispatchEvent(new Event(type, { bubbles: true, cancelable: true }))

beforeEach(() => vi.stubGlobal('BroadcastChannel', undefined))

afterEach(() => {
  for (const { client } of pairs.splice(0)) client.dispose()
  document.body.innerHTML = ''
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('listeners', () => {
  it('BR-01: are capture and passive, on the window, attached once and all removed', async () => {
    const added = vi.spyOn(window, 'addEventListener')
    const removed = vi.spyOn(window, 'removeEventListener')
    const { client } = await tab()
    for (let i = 0; i < 3; i++) client.activity.subscribe(() => {})
    const events = added.mock.calls.map(([type]) => type)
    expect(events).toEqual(['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove', 'blur'])
    for (const [, , options] of added.mock.calls) expect(options).toEqual({ capture: true, passive: true })
    client.dispose()
    expect(removed.mock.calls).toEqual(added.mock.calls)
  })

  it('BR-02: scroll, resize, hover and focus are no input', async () => {
    const { server } = await tab()
    for (const type of ['scroll', 'resize', 'mouseover', 'mouseenter', 'pointerenter', 'focus', 'focusin']) {
      input(type)
      window.dispatchEvent(new Event(type))
    }
    expect(server.sent).toEqual([])
  })

  it.each(['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchmove'])('%s is input', async (type) => {
    const { server } = await tab()
    input(type)
    expect(server.sent).toEqual([{ type: 'active' }])
  })

  it('BR-03: input whose propagation the application stops counts', async () => {
    const { server } = await tab()
    document.body.addEventListener('keydown', (event) => event.stopImmediatePropagation())
    input('keydown')
    expect(server.sent).toEqual([{ type: 'active' }])
  })

  it('BR-04: events that scripts make do not count by default', async () => {
    const { server } = await tab({ trustedOnly: true })
    input()
    expect(server.sent).toEqual([])
  })

  it('none with activity: false, and the application’s own word counts all the same', async () => {
    const added = vi.spyOn(window, 'addEventListener')
    const pair = await connectedPair({ activity: false })
    pairs.push(pair)
    expect(added).not.toHaveBeenCalled()
    pair.client.active()
    expect(pair.server.sent).toEqual([{ type: 'active' }])
  })
})

describe('reports', () => {
  it('go out on the first input, and at the end of each 30 s that had input', async () => {
    const { server, clock } = await tab()
    const at: number[] = []
    const began = clock.now()
    for (let second = 0; second < 120; second++) {
      if (second < 5 || (second >= 40 && second < 45)) input()
      if (server.sent.length > at.length) at.push((clock.now() - began) / 1_000)
      await clock.advance(1_000)
    }
    expect(server.sent).toEqual(Array(server.sent.length).fill({ type: 'active' }))
    expect(at).toEqual([0, 30, 60])
  })

  it('BR-05: 10,000 pointer moves make at most one timer and one message per 30 s', async () => {
    const { server, clock } = await tab()
    await clock.advance(60_000)
    const timers = vi.spyOn(clock, 'setTimer')
    for (let i = 0; i < 10_000; i++) input()
    expect(timers.mock.calls.length).toBeLessThanOrEqual(1)
    expect(server.sent).toEqual([{ type: 'active' }])
  })

  it('BR-77: say that there was input and nothing of it', async () => {
    const { server, clock } = await tab()
    document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'x', bubbles: true }))
    document.body.dispatchEvent(new MouseEvent('pointerdown', { clientX: 5, clientY: 6, bubbles: true }))
    await clock.advance(60_000)
    expect(server.sent).toEqual([{ type: 'active' }, { type: 'active' }])
  })

  it('wait for the connection when there is none', async () => {
    const { server, clock } = await tab()
    server.cut()
    server.sent.length = 0
    input()
    await clock.advance(300)
    expect(server.sent).toMatchObject([{ type: 'hello' }, { type: 'active' }])
  })
})

describe('idleness, as the client sees it', () => {
  it('begins after idleAfter without input and ends with the next', async () => {
    const { server, clock, client } = await tab({ idleAfter: '2m' })
    const states = valuesOf(client.activity)
    input()
    server.sent.length = 0
    expect(client.idleInMs()).toBe(120_000)
    await clock.advance(119_999)
    expect(states).toEqual([])
    await clock.advance(1)
    expect(states).toEqual([{ idle: true, since: clock.now() }])
    expect(client.idleInMs()).toBe(0)
    expect(server.sent).toEqual([])
    input()
    expect(states[1]).toEqual({ idle: false, since: clock.now() })
    expect(server.sent).toEqual([{ type: 'active' }])
  })

  it('BR-06: is decided by the wall clock: after a stop of 40 s the user is idle at the next timer', async () => {
    const { clock, client } = await tab({ idleAfter: '20s' })
    input()
    clock.jump(40_000)
    await clock.advance(1_500)
    expect(client.idleInMs()).toBe(0)
    await clock.advance(8_500)
    expect(client.activity.get().idle).toBe(true)
  })

  it('BR-06: and input that was slept over is not reported as if it were of now', async () => {
    const { clock, client, server } = await tab({ idleAfter: '40s' })
    input()
    await clock.advance(5000)
    input()
    expect(server.sent).toEqual([{ type: 'active' }])
    clock.jump(60_000)
    await clock.advance(30_000)
    expect(client.activity.get().idle).toBe(true)
    expect(server.sent.filter(({ type }) => type === 'active').length).toBe(1)
  })

  it('BR-06: and at once when the page wakes up', async () => {
    const lifecycle = manualLifecycle()
    const { clock, client } = await tab({ idleAfter: '20s' }, { lifecycle })
    input()
    clock.jump(40_000)
    lifecycle.onWake()
    expect(client.activity.get().idle).toBe(true)
  })

  it('never begins with idleAfter: false, nor leaves a timer', async () => {
    const { clock, client } = await tab({ idleAfter: false })
    input()
    await clock.advance(3_600_000)
    expect(client.activity.get().idle).toBe(false)
    expect(client.idleInMs()).toBe(null)
    expect(clock.pending).toBe(1)
  })

  it('can be said outright, and lasts until the next input', async () => {
    const { server, client } = await tab()
    input()
    client.idle()
    expect(client.activity.get().idle).toBe(true)
    expect(server.sent).toEqual([{ type: 'active' }, { type: 'idle' }])
    input()
    expect(client.activity.get().idle).toBe(false)
    expect(server.sent.at(-1)).toEqual({ type: 'active' })
  })

  it('is said again to the next server', async () => {
    const { server, clock, client } = await tab()
    client.idle()
    server.cut()
    await clock.advance(300)
    expect(server.sent.at(-1)).toEqual({ type: 'idle' })
  })
})

describe('keepActive', () => {
  it('BR-11: holds nest, and the user is idle only after the last one', async () => {
    const { server, clock, client } = await tab({ idleAfter: '2m' })
    const [call, film] = [client.keepActive(), client.keepActive()]
    await clock.advance(600_000)
    call()
    call()
    await clock.advance(600_000)
    expect(client.activity.get().idle).toBe(false)
    expect(server.sent.length).toBeGreaterThanOrEqual(1_200_000 / 30_000)
    film()
    await clock.advance(119_999)
    expect(client.activity.get().idle).toBe(false)
    await clock.advance(1)
    expect(client.activity.get().idle).toBe(true)
  })
})

describe('idle() while something keeps the user active', () => {
  it('BR-11: waits for the end of it', async () => {
    const { server, clock, client } = await tab()
    const call = client.keepActive()
    server.sent.length = 0
    client.idle()
    await clock.advance(60_000)
    expect(client.activity.get().idle).toBe(false)
    expect(server.sentOf('idle')).toEqual([])
    expect(server.sentOf('active').length).toBeGreaterThan(0)
    call()
    expect(client.activity.get().idle).toBe(true)
    expect(server.sent.at(-1)).toEqual({ type: 'idle' })
    call()
    expect(server.sentOf('idle')).toHaveLength(1)
  })

  it('BR-11: comes to nothing if there is input meanwhile', async () => {
    const { server, client } = await tab()
    const call = client.keepActive()
    client.idle()
    input()
    call()
    expect(client.activity.get().idle).toBe(false)
    expect(server.sentOf('idle')).toEqual([])
  })
})

describe('an iframe with the focus', () => {
  const focusFrame = () => {
    const frame = document.createElement('iframe')
    vi.spyOn(document, 'activeElement', 'get').mockReturnValue(frame)
    return vi.spyOn(document, 'hasFocus').mockReturnValue(true)
  }

  it('BR-10: counts while the document has the focus', async () => {
    const { server, clock, client } = await tab({ idleAfter: '2m' })
    const hasFocus = focusFrame()
    window.dispatchEvent(new Event('blur'))
    expect(server.sent).toEqual([{ type: 'active' }])
    await clock.advance(600_000)
    expect(client.activity.get().idle).toBe(false)
    hasFocus.mockReturnValue(false)
    await clock.advance(150_000)
    expect(client.activity.get().idle).toBe(true)
  })

  it('BR-10: does not count where the application says ignore', async () => {
    const { server, clock, client } = await tab({ idleAfter: '2m', iframes: 'ignore' })
    focusFrame()
    window.dispatchEvent(new Event('blur'))
    await clock.advance(120_000)
    expect(server.sent).toEqual([])
    expect(client.activity.get().idle).toBe(true)
  })
})

it('BR-13: hiding a tab says nothing to the server', async () => {
  const { transport, clock, sent } = createFakeServer()
  const client = createPresenceClient({ transport, clock, storage: null })
  void client.connect()
  await clock.advance(0)
  sent.length = 0
  vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden')
  document.dispatchEvent(new Event('visibilitychange'))
  await clock.advance(60_000)
  expect(sent).toEqual([])
  expect(client.connection.get().status).toBe('connected')
  client.dispose()
})

describe('a server that counts this tab as idle', () => {
  it('is told of the next input at once, however lately it was told of another', async () => {
    const { server } = await tab()
    input()
    input()
    expect(server.sent).toEqual([{ type: 'active' }])
    const mine = selfView().connections.map((connection) => ({ ...connection, phase: 'idle' as const }))
    server.say({ type: 'self', self: selfView({ status: 'away', connections: mine }) })
    expect(server.sentOf('active')).toHaveLength(2)
    server.say({ type: 'self', self: selfView({ status: 'away', connections: mine }) })
    input()
    expect(server.sentOf('active')).toHaveLength(3)
  })
})
