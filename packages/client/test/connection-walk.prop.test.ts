import { CONNECTION_STEPS, type ConnectionStatus, type Lifecycle, type LifecycleObserver } from '@rollcall/client'
import { expect, it } from 'vitest'
import { createPair } from './fake-server.ts'

const STEPS = 10_000

function seeded(seed: number) {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

it.each([
  ['a transport of its own', true],
  ['a borrowed transport', false],
])(
  'BR-57: over %s, 10,000 random steps take documented ways alone',
  async (_, owned) => {
    const random = seeded(owned ? 7 : 11)
    let observer: LifecycleObserver | undefined
    const lifecycle: Lifecycle = {
      visible: true,
      observe(observing) {
        observer = observing
        return () => {
          observer = undefined
        }
      },
    }
    let tokenFails = false
    const { server, clock, client } = createPair(
      {
        random,
        lifecycle,
        token: async () => {
          if (tokenFails) throw new Error('no token')
          return 't'
        },
      },
      { owned },
    )
    const taken = new Set<string>()
    let before: ConnectionStatus = 'idle'
    client.on('connection', ({ status }) => {
      if (status !== before) {
        expect(CONNECTION_STEPS[before], `${before} → ${status}`).toContain(status)
        taken.add(`${before} → ${status}`)
      }
      before = status
    })
    const bye = (reason: string) => () => server.say({ type: 'bye', reason, retryAfterMs: Math.floor(random() * 100) })
    const error = (code: string) => () => server.say({ type: 'error', code, message: code, retryAfterMs: 50 })
    const wait = (ms: number) => () => clock.advance(Math.floor(random() * ms))
    const actions: readonly (() => unknown)[] = [
      () => void client.connect(),
      () => void client.connect(),
      () => void client.connect(),
      () => client.reconnect(),
      () => random() < 0.2 && client.disconnect(),
      () => random() < 0.2 && client.logout(),
      () => server.cut(),
      () => server.open(),
      () => server.open(),
      () => server.welcome(),
      () => server.say({ type: 'expiring', inMs: 1 }, { type: 'ping', n: 1 }, { type: 'nonsense' }),
      () => {
        server.script.opens = random() < 0.7
        server.script.welcomes = random() < 0.7 ? {} : false
        server.script.acks = random() < 0.7
        tokenFails = random() < 0.2
      },
      bye('kicked'),
      bye('draining'),
      bye('overloaded'),
      error('authentication-error'),
      error('unavailable'),
      error('no-connection'),
      () => observer?.onLeave(),
      () => observer?.onFreeze(),
      () => observer?.onWake(),
      () => observer?.onWake(),
      () => clock.jump(Math.floor((random() - 0.3) * 100_000)),
      wait(10),
      wait(1_000),
      wait(15_000),
    ]
    for (let i = 0; i < STEPS; i++) {
      await actions[Math.floor(random() * actions.length)]?.()
      await clock.settle()
    }
    expect([...taken].sort()).toEqual(
      Object.entries(CONNECTION_STEPS)
        .flatMap(([from, to]) => to.map((status) => `${from} → ${status}`))
        .filter((step) => !['idle → closed', 'failed → closed'].includes(step) || taken.has(step))
        .sort(),
    )
    client.dispose()
    expect(client.connection.get().status).toBe('closed')
    // The server's own, of a transport that was about to open.
    await clock.advance(0)
    expect(clock.pending).toBe(0)
  },
  30_000,
)
