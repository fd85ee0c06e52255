// @vitest-environment happy-dom
import { detectIdle, type IdleDetection, idleWhenHidden } from '@rollcall/client/idle'
import { createVirtualClock } from '@rollcall/core/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connectedPair, valuesOf } from './fake-server.ts'

const client = { active: vi.fn(), idle: vi.fn() }
const made: IdleDetection[] = []
const settle = async () => {
  for (let i = 0; i < 10; i++) await Promise.resolve()
}

/** The browser's detector; `started` are those that run. */
class FakeDetector extends EventTarget {
  static started = new Set<FakeDetector>()
  static thresholds: number[] = []
  static refuses = false
  userState: 'active' | 'idle' | null = null
  screenState: 'locked' | 'unlocked' | null = null
  async start({ threshold, signal }: { threshold: number; signal: AbortSignal }) {
    if (threshold < 60_000) throw new TypeError('threshold')
    if (FakeDetector.refuses) throw new DOMException('no', 'NotAllowedError')
    FakeDetector.thresholds.push(threshold)
    FakeDetector.started.add(this)
    signal.addEventListener('abort', () => FakeDetector.started.delete(this))
    this.userState = 'active'
    this.screenState = 'unlocked'
  }
  see(userState: 'active' | 'idle', screenState: 'locked' | 'unlocked') {
    Object.assign(this, { userState, screenState })
    this.dispatchEvent(new Event('change'))
  }
}

class FakePermission extends EventTarget {
  state: PermissionState = 'granted'
  become(state: PermissionState) {
    this.state = state
    this.dispatchEvent(new Event('change'))
  }
}
let permission: FakePermission

const detect = async (...[options]: [Parameters<typeof detectIdle>[1]?]) => {
  const detection = detectIdle(client, options)
  made.push(detection)
  await settle()
  return detection
}
const detector = () => [...FakeDetector.started][0]

beforeEach(() => {
  permission = new FakePermission()
  vi.stubGlobal('IdleDetector', FakeDetector)
  vi.stubGlobal('navigator', { permissions: { query: async () => permission } })
})

afterEach(() => {
  for (const detection of made.splice(0)) detection.stop()
  expect(FakeDetector.started.size).toBe(0)
  Object.assign(FakeDetector, { thresholds: [], refuses: false })
  vi.clearAllMocks()
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

describe('detectIdle', () => {
  it('BR-12: says idle when the machine is without input or locked, and active when both are over', async () => {
    const detection = await detect()
    const states = valuesOf(detection)
    expect(detection.get()).toEqual({ idle: false, locked: false })
    detector()?.see('idle', 'unlocked')
    detector()?.see('idle', 'locked')
    detector()?.see('active', 'locked')
    expect([client.idle.mock.calls.length, client.active.mock.calls.length]).toEqual([1, 0])
    detector()?.see('active', 'unlocked')
    expect([client.idle.mock.calls.length, client.active.mock.calls.length]).toEqual([1, 1])
    expect(states).toEqual([
      { idle: true, locked: false },
      { idle: true, locked: true },
      { idle: false, locked: true },
      { idle: false, locked: false },
    ])
  })

  it.each([
    ['10s', 60_000],
    [59_999, 60_000],
    ['2m', 120_000],
    [undefined, 300_000],
  ] as const)('BR-12: a threshold of %s is %i ms, never below a minute', async (threshold, ms) => {
    await detect(threshold === undefined ? {} : { threshold })
    expect(FakeDetector.thresholds).toEqual([ms])
  })

  it('BR-12: begins once the permission is granted, never asks for it, and ends with it', async () => {
    permission.state = 'prompt'
    const detection = await detect()
    expect([detection.get(), FakeDetector.started.size]).toEqual([null, 0])
    permission.become('granted')
    await settle()
    expect(detection.get()).toEqual({ idle: false, locked: false })
    permission.become('denied')
    expect([detection.get(), FakeDetector.started.size]).toEqual([null, 0])
  })

  it.each<[string, () => void]>([
    ['there is no detector', () => vi.stubGlobal('IdleDetector', undefined)],
    ['there are no permissions', () => vi.stubGlobal('navigator', {})],
    [
      'the permission is unknown',
      () => vi.stubGlobal('navigator', { permissions: { query: () => Promise.reject(new TypeError('name')) } }),
    ],
    ['the permission is denied', () => permission.become('denied')],
    ['the detector refuses to start', () => void Object.assign(FakeDetector, { refuses: true })],
  ])('BR-12: is silent where %s', async (_, arrange) => {
    arrange()
    const detection = await detect()
    expect(detection.get()).toBeNull()
    expect(client.idle).not.toHaveBeenCalled()
  })

  it('says nothing any more once it was stopped', async () => {
    const detection = await detect()
    const listener = vi.fn()
    detection.subscribe(listener)
    const running = detector()
    detection.stop()
    running?.see('idle', 'locked')
    permission.become('granted')
    await settle()
    expect([listener.mock.calls.length, client.idle.mock.calls.length, FakeDetector.started.size]).toEqual([0, 0, 0])
  })

  it('leaves alone whom something keeps active', async () => {
    const pair = await connectedPair()
    const call = pair.client.keepActive()
    made.push(detectIdle(pair.client))
    await settle()
    detector()?.see('idle', 'locked')
    expect(pair.server.sentOf('idle')).toEqual([])
    call()
    expect(pair.server.sentOf('idle')).toHaveLength(1)
    pair.client.dispose()
  })
})

describe('idleWhenHidden', () => {
  const show = (visibility: DocumentVisibilityState) => {
    vi.spyOn(document, 'visibilityState', 'get').mockReturnValue(visibility)
    document.dispatchEvent(new Event('visibilitychange'))
  }

  it('BR-13: hidden is idle only after the delay, and input once it shows again', async () => {
    const clock = createVirtualClock()
    const stop = idleWhenHidden(client, { after: '1m', clock })
    show('hidden')
    await clock.advance(59_999)
    expect(client.idle).not.toHaveBeenCalled()
    await clock.advance(1)
    expect(client.idle).toHaveBeenCalledTimes(1)
    show('visible')
    expect(client.active).toHaveBeenCalledTimes(1)
    stop()
  })

  it('BR-13: a page that shows again before is neither, and one that is hidden from the start counts', async () => {
    const clock = createVirtualClock()
    show('hidden')
    const stop = idleWhenHidden(client, { after: '1m', clock })
    await clock.advance(59_999)
    show('visible')
    await clock.advance(60_000)
    expect([client.idle.mock.calls.length, client.active.mock.calls.length]).toEqual([0, 0])
    show('hidden')
    stop()
    expect(clock.pending).toBe(0)
    show('visible')
    show('hidden')
    expect(clock.pending).toBe(0)
  })
})
