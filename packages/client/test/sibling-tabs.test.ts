// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connectedPair, type Pair } from './fake-server.ts'

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

describe('tabs of one user', () => {
  const channels = new Set<FakeChannel>()
  /** Delivers at once, like a browser with both tabs running. */
  class FakeChannel {
    readonly name: string
    onmessage: ((event: { data: unknown }) => void) | null = null
    constructor(name: string) {
      this.name = name
      channels.add(this)
    }
    postMessage(data: unknown) {
      for (const other of channels) if (other !== this && other.name === this.name) other.onmessage?.({ data })
    }
    close() {
      channels.delete(this)
    }
  }

  /** A sibling tab that hears nothing of this one's events. */
  const sibling = () => {
    const channel = new FakeChannel('rollcall:me')
    return { input: (at: number) => channel.postMessage(at) }
  }

  beforeEach(() => {
    channels.clear()
    vi.stubGlobal('BroadcastChannel', FakeChannel)
  })

  it('BR-07: input in one keeps the others active, without a report of theirs', async () => {
    const { server, clock, client } = await tab({ idleAfter: '2m' })
    const other = sibling()
    await clock.advance(100_000)
    other.input(clock.now())
    await clock.advance(119_000)
    expect(client.activity.get().idle).toBe(false)
    await clock.advance(1_000)
    expect(client.activity.get().idle).toBe(true)
    other.input(clock.now())
    expect(client.activity.get().idle).toBe(false)
    expect(server.sent).toEqual([])
  })

  it('BR-07: a tab tells the others when the newest input was', async () => {
    const { clock } = await tab()
    const heard: unknown[] = []
    new FakeChannel('rollcall:me').onmessage = ({ data }) => heard.push(data)
    const began = clock.now()
    input()
    await clock.advance(29_000)
    input()
    await clock.advance(1_000)
    expect(heard).toEqual([began, began + 29_000])
  })

  it('BR-08: a sibling that froze while active delays nothing', async () => {
    const { clock, client } = await tab({ idleAfter: '2m' })
    sibling().input(clock.now() + 3_600_000)
    await clock.advance(120_000)
    expect(client.activity.get().idle).toBe(true)
  })

  it('BR-39: another user’s tab is no sibling', async () => {
    const { clock, client } = await tab({ idleAfter: '2m' })
    new FakeChannel('rollcall:bob').postMessage(clock.now() + 100_000)
    expect([...channels].map(({ name }) => name)).toEqual(['rollcall:me', 'rollcall:bob'])
    await clock.advance(120_000)
    expect(client.activity.get().idle).toBe(true)
  })

  it('BR-39: a tab whose user changes joins the other user’s tabs', async () => {
    const { server, clock } = await tab()
    server.script.welcomes = { userId: 'bob' }
    server.cut()
    await clock.advance(300)
    expect([...channels].map(({ name }) => name)).toEqual(['rollcall:bob'])
  })

  it.each([
    ['is missing', undefined],
    [
      'throws',
      class {
        constructor() {
          throw new Error('opaque origin')
        }
      },
    ],
  ])('BR-09: where BroadcastChannel %s, a tab is alone', async (_, channel) => {
    vi.stubGlobal('BroadcastChannel', channel)
    const { server, clock, client } = await tab({ idleAfter: '2m' })
    input()
    expect(server.sent).toEqual([{ type: 'active' }])
    await clock.advance(120_000)
    expect(client.activity.get().idle).toBe(true)
  })

  it('nonsense on the channel is ignored', async () => {
    const { clock, client } = await tab({ idleAfter: '2m' })
    for (const data of [null, 'x', {}, Number.NaN, undefined]) new FakeChannel('rollcall:me').postMessage(data)
    await clock.advance(120_000)
    expect(client.activity.get().idle).toBe(true)
  })
})
