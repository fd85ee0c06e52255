import { describe, expect, it } from 'vitest'
import type { ServerMessage } from '../../src/protocol.ts'
import { leasedRig, recordingEar } from './leased-rig.ts'

const types = (messages: readonly ServerMessage[]) =>
  messages.map(({ type }) => type).filter((type) => type !== 'freshness')

describe('a page that listens', () => {
  it('gets a snapshot, then what changes, and its own state', async () => {
    const { enter, listen, clock } = await leasedRig()
    const { connectionId } = await enter('ada')
    const ear = await listen('ada', connectionId, [{ topic: 'space:default' }])
    expect(types(ear.heard).sort()).toEqual(['self', 'snapshot'])
    expect(ear.last('snapshot').topics[0]?.users.map(({ userId }) => userId)).toEqual(['ada'])
    await enter('bob', {}, 1)
    await clock.advance(100)
    expect(ear.last('diff').set).toMatchObject([{ userId: 'bob', status: 'online' }])
  })

  it('hears what is said of its user elsewhere', async () => {
    const { enter, listen, nodes, clock } = await leasedRig()
    const { connectionId } = await enter('ada')
    const ear = await listen('ada', connectionId)
    await nodes[1]?.presence.claim('ada', { source: 'calendar', status: 'busy' })
    await clock.advance(100)
    expect(ear.last('self').self).toMatchObject({ status: 'busy' })
    await nodes[1]?.presence.claim('ada', { source: 'manual', status: 'invisible' })
    await clock.advance(100)
    expect(ear.last('self').self).toMatchObject({ hidden: true })
    await nodes[1]?.presence.kick('ada')
    await clock.advance(100)
    expect(ear.last('bye')).toEqual({ type: 'bye', reason: 'kicked' })
    expect(ear.ended).toBe(true)
  })

  it('that comes back with what it knows gets what it missed, and no snapshot', async () => {
    const { enter, listen, clock } = await leasedRig()
    const { connectionId } = await enter('ada')
    const first = await listen('ada', connectionId, [{ topic: 'space:default' }])
    const { sequence } = first.last('snapshot').topics[0] ?? {}
    first.detach()
    await enter('bob', {}, 1)
    await clock.advance(5000)
    const second = await listen('ada', connectionId, [{ topic: 'space:default', since: sequence }])
    expect(second.all('snapshot')).toEqual([])
    expect(second.last('replay').topics[0]?.diffs[0]?.set).toMatchObject([{ userId: 'bob' }])
    expect(first.heard.filter(({ type }) => type === 'diff')).toEqual([])
  })

  it('at another node gets a snapshot instead', async () => {
    const { enter, listen } = await leasedRig()
    const { connectionId } = await enter('ada')
    const first = await listen('ada', connectionId, [{ topic: 'space:default' }])
    const { sequence } = first.last('snapshot').topics[0] ?? {}
    const second = await listen('ada', connectionId, [{ topic: 'space:default', since: sequence }], 1)
    expect(second.all('snapshot')).toHaveLength(1)
  })

  it('hears nothing of a topic before it has heard what it missed of it', async () => {
    const { enter, listen, clock } = await leasedRig()
    const { connectionId } = await enter('ada')
    const first = await listen('ada', connectionId, [{ topic: 'space:default' }])
    const { sequence } = first.last('snapshot').topics[0] ?? {}
    first.detach()
    // The second change waits to go out with others of its moment, when the page comes back to where it listened before.
    await enter('bob', {}, 1)
    await enter('eve', {}, 1)
    const ear = await listen('ada', connectionId, [{ topic: 'space:default', since: sequence }])
    await clock.advance(100)
    expect(ear.heard.map(({ type }) => type).filter((type) => type === 'replay' || type === 'diff')).toEqual(['replay'])
    expect(ear.last('replay').topics[0]?.diffs.map(({ set }) => set[0]?.userId)).toEqual(['bob', 'eve'])
  })

  it('is sent the signals that came between two of its requests', async () => {
    const { enter, listen, nodes, clock } = await leasedRig()
    const { connectionId } = await enter('ada')
    const bob = await enter('bob')
    const first = await listen('ada', connectionId, [{ topic: 'space:default' }])
    first.detach()
    const typing = { type: 'signal', space: 'default', name: 'typing', data: 1, forMs: 5000 }
    await nodes[1]?.host.visit('bob', bob.connectionId, [typing])
    await clock.advance(100)
    const second = await listen('ada', connectionId, [{ topic: 'space:default' }])
    expect(second.last('signal')).toMatchObject({ name: 'typing', userId: 'bob' })
  })

  it('anew ends what listened before, and hears no topic that it names no more', async () => {
    const { enter, listen, clock } = await leasedRig()
    const { connectionId } = await enter('ada')
    const first = await listen('ada', connectionId, [{ topic: 'space:default' }])
    const second = await listen('ada', connectionId, [{ topic: 'user:ada' }])
    expect(first.ended).toBe(true)
    first.detach()
    await enter('bob')
    await clock.advance(100)
    expect(second.all('diff')).toEqual([])
    expect(second.ended).toBe(false)
  })

  it('is refused topics that it may not watch, and hears the others', async () => {
    const { enter, listen } = await leasedRig()
    const { connectionId } = await enter('ada')
    const ear = await listen('ada', connectionId, [{ topic: 'space:secret' }, { topic: 'space:default' }])
    expect(ear.last('error')).toEqual({
      type: 'error',
      code: 'forbidden',
      message: expect.any(String),
      details: { topics: ['space:secret'] },
    })
    expect(ear.last('snapshot').topics).toHaveLength(1)
  })

  it('is asked for a fresh token before the one it has runs out, and then ends', async () => {
    const { enter, listen, clock, store } = await leasedRig({}, {}, (userId) => ({ userId, expiresInMs: 40_000 }))
    const { connectionId } = await enter('ada')
    const ear = await listen('ada', connectionId, [{ topic: 'space:default' }])
    await clock.advance(20_000)
    expect(ear.last('expiring')).toEqual({ type: 'expiring', inMs: 20_000 })
    expect(ear.ended).toBe(false)
    await clock.advance(20_000)
    expect(ear.ended).toBe(true)
    // Before its connection ends with its lease.
    await clock.advance(35_000)
    expect(store.topics().filter((topic) => !topic.startsWith('node:'))).toEqual([])
  })

  it('under a connection that is none of its user’s is told so, and disturbs nobody', async () => {
    const { enter, listen } = await leasedRig()
    const { connectionId } = await enter('ada')
    const eve = await listen('eve', connectionId, [{ topic: 'space:default' }])
    expect(eve.last('bye')).toMatchObject({ reason: 'cut-off' })
    const ada = await listen('ada', connectionId)
    expect(ada.ended).toBe(false)
    expect(ada.last('self').self.userId).toBe('ada')
  })

  it('as nobody’s page hears topics and nothing of itself', async () => {
    const { enter, listen, clock, nodes } = await leasedRig()
    await enter('bob')
    const ear = await listen('ada', null, [{ topic: 'space:default' }])
    expect(types(ear.heard)).toEqual(['snapshot'])
    expect(await nodes[0]?.presence.get('ada')).toMatchObject({ status: 'offline' })
    await enter('cyd', {}, 1)
    await clock.advance(100)
    expect(ear.last('diff').set).toMatchObject([{ userId: 'cyd' }])
    ear.detach()
    expect(ear.ended).toBe(true)
  })

  it('is told to come back when its node goes, and its connection stays', async () => {
    const { enter, listen, nodes, clock } = await leasedRig()
    const { connectionId } = await enter('ada')
    const ear = await listen('ada', connectionId)
    nodes[0]?.host.close()
    await nodes[0]?.presence.stop()
    expect(ear.last('bye')).toMatchObject({ reason: 'draining' })
    expect(ear.ended).toBe(true)
    await clock.advance(30_000)
    expect(await nodes[1]?.presence.get('ada')).toMatchObject({ status: 'online' })
  })

  it.each(['nobody', 'broken'])('as %s is refused', async (token) => {
    const { nodes } = await leasedRig()
    const ear = recordingEar()
    expect(await nodes[0]?.host.listen(token, 'c1', [], ear)).toMatchObject([{ type: 'error' }])
    expect(ear.heard).toEqual([])
  })

  it('of twenty tabs that a browser restores are all welcomed at once', async () => {
    const { enter } = await leasedRig()
    for (let i = 0; i < 20; i++) await enter('ada', { instance: `page ${i}` })
  })

  it('watches as many topics as one may, however long they are', async () => {
    const { enter, listen, nodes } = await leasedRig({}, {}, (userId) => ({ userId, spaces: ['default'] }))
    const { connectionId } = await enter('ada')
    const topics = Array.from({ length: 1000 }, (_, i) => ({ topic: `user:${'u'.repeat(200)}${i}` }))
    const ear = await listen('ada', connectionId, topics)
    expect(ear.all('snapshot').flatMap((message) => message.topics)).toHaveLength(1000)
    const many = await nodes[0]?.host.listen('ada', connectionId, [...topics, { topic: 'user:one' }], recordingEar())
    expect(many).toMatchObject([{ type: 'error', code: 'limit-exceeded', details: { limit: 1000 } }])
  })

  it('is told of a topic that none can watch, and hears the others', async () => {
    const { enter, listen } = await leasedRig()
    const { connectionId } = await enter('ada')
    const ear = await listen('ada', connectionId, [{ topic: `user:${'x'.repeat(300)}` }, { topic: 'space:default' }])
    expect(ear.last('error')).toMatchObject({ details: { topics: [`user:${'x'.repeat(300)}`] } })
    expect(ear.all('snapshot')).toHaveLength(1)
  })

  it('while the store is away keeps what it watches, and is told to ask again for what it does not', async () => {
    const { enter, listen, store, clock } = await leasedRig()
    await enter('bob')
    await enter('cyd')
    const { connectionId } = await enter('ada')
    const first = await listen('ada', connectionId, [{ topic: 'user:bob' }])
    const since = first.last('snapshot').topics[0]?.sequence
    store.down = true
    await clock.advance(2000)
    const second = await listen('ada', connectionId, [{ topic: 'user:bob', since }, { topic: 'user:cyd' }])
    expect(second.all('error').map(({ details, retryAfterMs }) => [details, retryAfterMs])).toEqual([
      [{ topics: ['user:cyd'] }, 1000],
    ])
    store.down = false
    await clock.advance(5000)
    const third = await listen('ada', connectionId, [{ topic: 'user:bob', since }, { topic: 'user:cyd' }])
    expect(third.all('error')).toEqual([])
  })

  it('for something that is no topic is refused', async () => {
    const { nodes } = await leasedRig()
    expect(await nodes[0]?.host.listen('ada', 'c1', [{ topic: 7 }], recordingEar())).toMatchObject([
      { type: 'error', code: 'bad-message' },
    ])
  })

  it('leaves nothing behind some time after its last request', async () => {
    const { enter, listen, clock, store } = await leasedRig()
    const { connectionId } = await enter('ada')
    const ear = await listen('ada', connectionId, [{ topic: 'space:default' }])
    ear.detach()
    await clock.advance(120_000)
    expect(store.topics().filter((topic) => !topic.startsWith('node:'))).toEqual([])
  })
})
