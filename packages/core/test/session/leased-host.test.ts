import { describe, expect, it } from 'vitest'
import { PROTOCOL_VERSION, type ServerMessage } from '../../src/protocol.ts'
import { leasedRig, recordingEar } from './leased-rig.ts'

const types = (messages: readonly ServerMessage[]) =>
  messages.map(({ type }) => type).filter((type) => type !== 'freshness')

describe('a page without a socket that says hello', () => {
  it('is welcomed with what it needs to beat, to come back and to go', async () => {
    const { enter } = await leasedRig()
    expect(await enter('ada')).toMatchObject({
      userId: 'ada',
      sessionId: 'session of ada',
      pingEveryMs: 0,
      beatEveryMs: 15_000,
      resume: expect.any(String),
      leave: expect.any(String),
      counts: [{ space: 'default', present: 1 }],
      self: { status: 'online', connections: [{ phase: 'active' }] },
    })
  })

  it('comes back at another node, where nobody saw it go', async () => {
    const { clock, nodes, enter } = await leasedRig()
    const changes: string[] = []
    for (const { presence } of nodes) presence.on('change', ({ cause }) => changes.push(cause))
    const first = await enter('ada')
    await nodes[0]?.host.hint(first.leave as string)
    await clock.advance(3000)
    const again = await enter('ada', { resume: first.resume }, 1)
    expect(again.resumed).toBe(true)
    await clock.advance(30_000)
    expect(changes).toEqual(['connect'])
  })

  it.each([
    ['nobody', 'authentication-error'],
    ['broken', 'unavailable'],
  ])('as %s is refused with %s, and counted', async (token, code) => {
    const { nodes, refusals } = await leasedRig()
    const answers = await nodes[0]?.host.connect(token, { version: PROTOCOL_VERSION, token: null, instance: 'p' })
    expect(answers).toMatchObject([{ type: 'error', code }])
    expect(refusals).toEqual([{ code, kind: 'hello', userId: null }])
  })

  it.each([null, 7, 'hello', {}, { version: 1 }, []])('as %j is refused as no message', async (hello) => {
    const { nodes } = await leasedRig()
    expect(await nodes[0]?.host.connect('ada', hello)).toMatchObject([{ type: 'error', code: 'bad-message' }])
  })

  it('once too often is told when to come back', async () => {
    const { nodes, enter } = await leasedRig(
      { policy: { maxConnections: 4 } },
      { rateLimits: { hello: { burst: 1, perSecond: 0.01 } } },
    )
    for (let i = 0; i < 4; i++) await enter('ada', { instance: `page ${i}` })
    const hello = { version: PROTOCOL_VERSION, token: null, instance: 'p' }
    expect(await nodes[0]?.host.connect('ada', hello)).toMatchObject([
      { code: 'rate-limited', retryAfterMs: expect.any(Number) },
    ])
    await enter('bob')
  })
})

describe('a visit', () => {
  const visit = async (messages: readonly unknown[], userId = 'ada') => {
    const rig = await leasedRig()
    const { connectionId } = await rig.enter(userId)
    const answers = await rig.nodes[1]?.host.visit(userId, connectionId, messages)
    return { ...rig, answers: answers ?? [], connectionId }
  }

  it('keeps its page alive at any node, and is no input', async () => {
    const { clock, nodes, enter } = await leasedRig()
    const { connectionId } = await enter('ada')
    for (let i = 0; i < 22; i++) {
      await clock.advance(15_000)
      expect(await nodes[i % 2]?.host.visit('ada', connectionId, [{ type: 'beat', nextInMs: 15_000 }])).toEqual([])
    }
    expect(await nodes[0]?.presence.get('ada')).toMatchObject({ status: 'away' })
    await nodes[0]?.host.visit('ada', connectionId, [{ type: 'active' }])
    expect(await nodes[0]?.presence.get('ada')).toMatchObject({ status: 'online' })
  })

  it('acts on its messages in order, and answers each that asks for it', async () => {
    const { answers, nodes, connectionId } = await visit([
      { type: 'state', id: 1, space: 'default', state: { page: 1 } },
      { type: 'state', id: 2, space: 'default', state: { page: 2 } },
      { type: 'claim', id: 3, status: 'busy', bound: true },
      { type: 'message', id: 4, message: { text: 'hi' } },
      { type: 'query', id: 5, query: { kind: 'count', space: 'default' } },
    ])
    expect(answers.map((answer) => 'id' in answer && [answer.type, answer.id]).sort()).toEqual(
      [1, 2, 3, 4, 5].map((id) => ['ack', id]),
    )
    expect(await nodes[0]?.presence.get('ada', { as: 'self' })).toMatchObject({
      status: 'busy',
      message: { text: 'hi' },
      claims: [{ connectionId }],
      spaces: [{ space: 'default', state: { page: 2 } }],
    })
  })

  it('is refused what is not permitted, what is none, and what has no place in it', async () => {
    const { answers } = await visit([
      { type: 'enter', id: 1, space: 'secret' },
      { type: 'claim', id: 2, status: 'online', source: 'admin' },
      { type: 'dance', id: 3 },
      { type: 'watch', id: 4, topics: [] },
      { type: 'signal', space: 'elsewhere', name: 'typing' },
    ])
    const codes = answers.map((answer) => (answer.type === 'error' ? [answer.id, answer.code] : null))
    expect(new Map(codes as [number, string][])).toEqual(
      new Map([
        [1, 'forbidden'],
        [2, 'forbidden'],
        [3, 'bad-message'],
        [4, 'bad-message'],
        [undefined, 'forbidden'],
      ] as never),
    )
  })

  it('names only connections of whom the token belongs to', async () => {
    const { nodes, connectionId } = await visit([])
    const answers = await nodes[0]?.host.visit('eve', connectionId, [
      { type: 'leave', scope: 'connection' },
      { type: 'hint' },
    ])
    expect(answers).toMatchObject([{ type: 'bye' }])
    expect(await nodes[0]?.presence.get('ada')).toMatchObject({ status: 'online' })
  })

  it.each([
    ['connection', 'online'],
    ['session', 'online'],
    ['user', 'offline'],
  ] as const)('says good-bye to its %s', async (scope, other) => {
    const { nodes, enter } = await leasedRig({}, {}, (userId) => ({ userId }))
    const { connectionId } = await enter('ada')
    await enter('ada', { instance: 'another login' })
    await nodes[1]?.host.visit('ada', connectionId, [{ type: 'leave', scope }])
    expect(await nodes[0]?.presence.get('ada')).toMatchObject({ status: other })
    const answers = await nodes[1]?.host.visit('ada', connectionId, [{ type: 'beat', nextInMs: 15_000 }])
    expect(answers).toEqual([{ type: 'bye', reason: 'sign-out' }])
  })

  it.each([
    ['kicked', { type: 'bye', reason: 'kicked' }],
    ['lapsed', { type: 'bye', reason: 'cut-off', retryAfterMs: 0 }],
  ])('of a connection that was %s is told so', async (how, bye) => {
    const { clock, nodes, connectionId } = await visit([])
    if (how === 'kicked') await nodes[0]?.presence.kick('ada')
    else await clock.advance(120_000)
    const beat = [{ type: 'beat', nextInMs: 15_000 }]
    await nodes[0]?.host.visit('ada', connectionId, beat)
    expect(await nodes[0]?.host.visit('ada', connectionId, beat)).toEqual([bye])
  })

  it('is measured per user, as that of somebody with many pages', async () => {
    const { nodes, enter, refusals } = await leasedRig({}, { rateLimits: { clear: { burst: 1, perSecond: 0.01 } } })
    const { connectionId } = await enter('ada')
    const claims = Array.from({ length: 40 }, (_, id) => ({ type: 'clear', id }))
    const answers = (await nodes[1]?.host.visit('ada', connectionId, claims)) ?? []
    expect(answers.filter(({ type }) => type === 'error')).toHaveLength(8)
    expect(answers).toHaveLength(40)
    expect(refusals.every(({ code }) => code === 'rate-limited')).toBe(true)
  })

  it('while the store is away is told to try again, and hangs never', async () => {
    const { store, clock, nodes, connectionId } = await visit([])
    store.down = true
    const asked = nodes[0]?.host.visit('ada', connectionId, [{ type: 'message', id: 1, message: { text: 'hi' } }])
    await clock.advance(30_000)
    expect(await asked).toMatchObject([{ type: 'error', code: 'unavailable' }])
  })
})

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

describe('a leave token', () => {
  it('of another connection, forged, or of no form at all is refused and counted', async () => {
    const { enter, nodes, refusals, clock } = await leasedRig()
    const { leave } = await enter('ada')
    const [secret, connectionId] = (leave as string).split(',')
    const forged = [
      '',
      'x',
      'a,b',
      'a,b,c,d',
      `${secret},other,ada`,
      `${secret},${connectionId},eve`,
      `0,${connectionId},ada`,
      'a,%,%',
    ]
    for (const token of forged) expect(await nodes[1]?.host.hint(token)).toBe(false)
    expect(refusals).toEqual(forged.map(() => ({ code: 'authentication-error', kind: 'hint', userId: null })))
    await clock.advance(30_000)
    expect(await nodes[0]?.presence.get('ada')).toMatchObject({ status: 'online' })
  })

  it('works once', async () => {
    const { enter, nodes } = await leasedRig()
    const { leave } = await enter('ada')
    expect(await nodes[1]?.host.hint(leave as string)).toBe(true)
    expect(await nodes[0]?.host.hint(leave as string)).toBe(false)
  })
})
