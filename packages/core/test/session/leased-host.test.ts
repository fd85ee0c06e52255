import { describe, expect, it } from 'vitest'
import { PROTOCOL_VERSION } from '../../src/protocol.ts'
import { leasedRig } from './leased-rig.ts'

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

  it('is told of each thing it asked for that it cannot be done now', async () => {
    const { enter, nodes, store, clock } = await leasedRig()
    const { connectionId } = await enter('ada')
    store.down = true
    const said = [
      { type: 'beat', nextInMs: 15_000 },
      { type: 'enter', id: 1, space: 'doc', state: 1 },
      { type: 'claim', id: 2, status: 'busy' },
    ]
    const answering = nodes[0]?.host.visit('ada', connectionId, said)
    await clock.advance(30_000)
    const refusal = { type: 'error', code: 'unavailable', retryAfterMs: 1000 }
    expect(await answering).toMatchObject([
      { ...refusal, id: 1 },
      { ...refusal, id: 2 },
    ])
  })

  it('while the store is away is told to try again, and hangs never', async () => {
    const { store, clock, nodes, connectionId } = await visit([])
    store.down = true
    const asked = nodes[0]?.host.visit('ada', connectionId, [{ type: 'message', id: 1, message: { text: 'hi' } }])
    await clock.advance(30_000)
    expect(await asked).toMatchObject([{ type: 'error', code: 'unavailable' }])
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
