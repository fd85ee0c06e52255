import { expect, it } from 'vitest'
import { createScene, type OpenTab } from './shared-scene.ts'

const STEPS = 150

/** The same numbers in each run of one seed. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
    return state / 2 ** 32
  }
}

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'BR-34: whatever becomes of tabs and servers, those that live end up on one connection and know the same (walk %i)',
  async (seed) => {
    await using world = await createScene({ nodes: 2 })
    const { clock, cluster, viewer } = world
    const random = numbers(seed)
    const below = (n: number) => Math.floor(random() * n)
    const live: OpenTab[] = []
    const take = () => live.splice(below(live.length), 1)[0]
    const one = () => live[below(live.length)]
    const actions: readonly (() => unknown)[] = [
      () => live.length < 6 && live.push(world.open()),
      () => live.length < 6 && live.push(world.open()),
      () => live.length > 1 && take()?.crash(),
      () => live.length > 1 && take()?.client.dispose(),
      () => live.length > 1 && take()?.lifecycle.onLeave(),
      () => one()?.lifecycle.onFreeze(),
      () => one()?.lifecycle.onWake(),
      () => one()?.client.active(),
      () =>
        one()
          ?.client.user('viewer')
          .subscribe(() => {}),
      () =>
        one()
          ?.client.members('default')
          .subscribe(() => {}),
      () => one()?.client.enter('default', { at: below(9) }),
      () => void one()?.client.setMessage(`message ${below(9)}`),
      () => void viewer.setMessage(`viewer ${below(9)}`),
      async () => {
        const [first] = cluster.servers
        if (cluster.servers.length < 2 || !first) return
        const stopped = first.stop()
        await clock.advance(2_000)
        await stopped
        await cluster.startServer()
      },
    ]
    live.push(await world.tab())
    for (let step = 0; step < STEPS; step++) {
      await actions[below(actions.length)]?.()
      await clock.advance(below(4) ? below(200) : below(3_000))
    }
    for (const { lifecycle } of live) lifecycle.onWake()
    await clock.advance(120_000)
    expect(live.map(({ client }) => client.connection.get().status)).toEqual(live.map(() => 'connected'))
    expect(await world.connections()).toHaveLength(1)
    const stops = live.map(({ client }) => [
      client.user('viewer').subscribe(() => {}),
      client.members('default').subscribe(() => {}),
    ])
    await clock.advance(1_000)
    const told = live.map(({ client }) => ({
      me: client.me.get().message?.text,
      viewer: client.user('viewer').get(),
      members: client
        .members('default')
        .get()
        .map(({ userId, state }) => ({ userId, state })),
    }))
    const [first] = told
    expect(first?.viewer).toMatchObject({ status: 'online', stale: false })
    expect(first?.members.map(({ userId }) => userId).sort()).toEqual(['ada', 'viewer'])
    for (const other of told)
      expect({ ...other, members: new Set(other.members) }).toEqual({ ...first, members: new Set(first?.members) })
    expect(stops).toHaveLength(live.length)
  },
  60_000,
)
