import { describe, expect, it } from 'vitest'
import { createTown, until } from './town.ts'
import { waysIn } from './ways-in.ts'

/** The same journeys, with the same outcome, whichever way clients come in. */
describe.each(waysIn)('over $name', (way) => {
  it('two people see each other come and go', async () => {
    await using town = await createTown(way)
    const ada = await town.open('ada')
    expect(ada.client.connection.get()).toMatchObject({ status: 'connected' })
    const others = ada.client.users({ space: 'lobby' })
    const stop = others.subscribe(() => {})
    const bob = await town.open('bob')
    await until(() =>
      others
        .get()
        .map(({ userId, status }) => `${userId} ${status}`)
        .sort(),
    ).toEqual(['ada online', 'bob online'])
    bob.client.disconnect()
    await until(() => others.get().map(({ userId }) => userId)).toEqual(['ada'])
    expect(town.seen).toEqual(['ada online', 'bob online', 'bob offline'])
    stop()
  })

  it('one of two tabs may close; the last one ends it, after the grace', async () => {
    await using town = await createTown(way)
    const one = await town.open('ada/login')
    const two = await town.open('ada/login')
    const watcher = await town.open('watcher')
    const ada = watcher.client.user('ada')
    const stop = ada.subscribe(() => {})
    await until(() => ada.get().status).toBe('online')
    town.forgetSeen()
    one.leavePage()
    await until(async () => (await town.presence.get('ada', { as: 'admin' })).connections.length).toBe(1)
    expect(town.seen).toEqual([])
    two.leavePage()
    await until(() => ada.get().status).toBe('offline')
    expect(town.seen).toEqual(['ada offline'])
    stop()
  })

  it('reloads are seen by nobody', async () => {
    await using town = await createTown(way)
    let ada = await town.open('ada')
    town.forgetSeen()
    for (let i = 0; i < 3; i++) ada = await ada.reload()
    expect(ada.client.connection.get()).toMatchObject({ status: 'connected' })
    // Over HTTP the last word of a page may come after the first one of the next, which is a plain connect then.
    await until(async () => (await town.presence.get('ada', { as: 'admin' })).connections.length).toBe(1)
    // Longer than any grace.
    await new Promise((resolve) => setTimeout(resolve, 3000))
    expect(town.seen).toEqual([])
  })

  it('a page that went and comes back goes on', async () => {
    await using town = await createTown(way)
    const ada = await town.open('ada')
    town.forgetSeen()
    ada.leavePage()
    expect(ada.client.connection.get()).toMatchObject({ status: 'suspended' })
    ada.returnToPage()
    await until(() => ada.client.connection.get().status).toBe('connected')
    expect((await town.presence.get('ada', { as: 'admin' })).connections).toHaveLength(1)
    expect(town.seen).toEqual([])
  })

  it('a logout ends every tab of the session at once, and of no other', async () => {
    await using town = await createTown(way)
    const one = await town.open('ada/login')
    const two = await town.open('ada/login')
    const phone = await town.open('ada/phone')
    one.client.logout()
    await until(() => two.client.connection.get().status).toBe('closed')
    expect(two.client.connection.get()).toMatchObject({ reason: 'sign-out' })
    expect(phone.client.connection.get()).toMatchObject({ status: 'connected' })
    expect(town.seen).toEqual(['ada online'])
    phone.client.logout()
    await until(() => town.seen).toEqual(['ada online', 'ada offline'])
  })

  it('a status, a message and being invisible are one’s own, in every tab', async () => {
    await using town = await createTown(way)
    const one = await town.open('ada')
    const two = await town.open('ada')
    const watcher = await town.open('watcher')
    const ada = watcher.client.user('ada')
    const stop = ada.subscribe(() => {})
    expect(await one.client.setStatus('busy')).toEqual({ ok: true })
    expect(await one.client.setMessage('in a call')).toEqual({ ok: true })
    await until(() => two.client.me.get()).toMatchObject({ status: 'busy', message: { text: 'in a call' } })
    await until(() => ada.get()).toMatchObject({ status: 'busy', message: { text: 'in a call' } })
    expect(await two.client.setStatus('invisible')).toEqual({ ok: true })
    await until(() => ada.get().status).toBe('offline')
    await until(() => one.client.me.get()).toMatchObject({ hidden: true })
    await two.client.clear()
    await until(() => ada.get().status).toBe('online')
    stop()
  })

  it('what is not permitted is refused, and nothing else happens', async () => {
    await using town = await createTown(way)
    const ada = await town.open('ada')
    expect(await ada.client.setStatus('away', { source: 'admin' as never })).toMatchObject({
      ok: false,
      error: { code: 'forbidden' },
    })
    await expect(ada.client.query({ kind: 'list', space: 'secret' })).rejects.toMatchObject({ code: 'forbidden' })
    const errors: string[] = []
    ada.client.on('error', ({ code }) => errors.push(code))
    const stop = ada.client.users({ space: 'secret' }).subscribe(() => {})
    await until(() => errors).toEqual(['forbidden'])
    expect(ada.client.connection.get()).toMatchObject({ status: 'connected' })
    stop()
  })

  it('rooms are entered with a state that others see, and typing ends by itself', async () => {
    await using town = await createTown(way)
    const ada = await town.open('ada', { spaces: ['lobby'] })
    const bob = await town.open('bob', { spaces: ['lobby'] })
    const inDoc = ada.client.members('doc')
    const typing = ada.client.signals('doc', 'typing' as never)
    const stops = [inDoc.subscribe(() => {}), typing.subscribe(() => {})]
    const stay = bob.client.enter('doc', { page: 2 } as never)
    await until(() => inDoc.get()).toMatchObject([{ userId: 'bob', state: { page: 2 } }])
    await until(() => {
      bob.client.signal('doc', 'typing' as never, undefined as never, { for: '1s' })
      return typing.get().map(({ userId }) => userId)
    }).toEqual(['bob'])
    await until(() => typing.get()).toEqual([])
    stay.exit()
    await until(() => inDoc.get()).toEqual([])
    for (const stop of stops) stop()
  })

  it('questions are answered once', async () => {
    await using town = await createTown(way)
    const ada = await town.open('ada')
    await town.open('bob')
    expect(await ada.client.query({ kind: 'count', space: 'lobby' })).toMatchObject({ present: 2, online: 2 })
    const page = await ada.client.query({ kind: 'list', space: 'lobby', limit: 1 })
    expect(page.users).toHaveLength(1)
    expect(page.next).not.toBeNull()
    const counts = ada.client.counts('lobby')
    const stop = counts.subscribe(() => {})
    await until(() => counts.get()).toMatchObject({ present: 2 })
    await town.open('cyd')
    await until(() => counts.get()).toMatchObject({ present: 3 })
    stop()
  })

  it('a kick closes the tabs, which do not come back by themselves', async () => {
    await using town = await createTown(way)
    const ada = await town.open('ada')
    await town.presence.kick('ada')
    await until(() => ada.client.connection.get()).toMatchObject({ status: 'closed', reason: 'kicked' })
    expect(await town.presence.get('ada')).toMatchObject({ status: 'offline' })
  })

  it('a bad token fails for good; a good one later connects', async () => {
    await using town = await createTown(way)
    let token = 'bad'
    const ada = await town.open(() => token)
    expect(ada.client.connection.get()).toMatchObject({ status: 'failed', reason: 'authentication-error' })
    expect(town.seen).toEqual([])
    token = 'ada'
    await ada.client.connect()
    expect(ada.client.connection.get()).toMatchObject({ status: 'connected' })
  })

  it('a token that runs out is renewed without anybody seeing it', async () => {
    await using town = await createTown(way, (token) =>
      token === null ? null : { userId: token.split('#')[0] as string, expiresInMs: 1500 },
    )
    let asked = 0
    const ada = await town.open(() => `ada#${++asked}`)
    town.forgetSeen()
    await until(() => asked).toBeGreaterThan(3)
    expect(ada.client.connection.get()).toMatchObject({ status: 'connected' })
    expect(town.seen).toEqual([])
  })

  it('the server may restart: watchers see nobody go, and the own view is stale meanwhile', async () => {
    await using town = await createTown(way)
    const ada = await town.open('ada')
    const bob = await town.open('bob')
    const others = ada.client.user('bob')
    const seen: string[] = []
    const stop = others.subscribe(() => seen.push(`${others.get().status}${others.get().stale ? ' stale' : ''}`))
    await until(() => others.get().status).toBe('online')
    town.forgetSeen()
    await town.restart()
    for (const { client } of [ada, bob]) await until(() => client.connection.get().status).toBe('connected')
    await until(() => others.get()).toMatchObject({ status: 'online', stale: false })
    expect(seen.filter((status) => status.startsWith('offline'))).toEqual([])
    expect(town.seen).toEqual([])
    stop()
  })
})
