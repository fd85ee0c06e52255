import { describe, expect, it } from 'vitest'
import { type Page, runningServer } from './running-server.ts'

const policy = { grace: '150ms', hintGrace: '100ms' } as const

/** What `page` was told of others since it watches: each status in its order. */
const seenBy = (page: Page) =>
  page.heard.flatMap((message) =>
    message.type === 'diff'
      ? [
          ...message.set.map(({ userId, status }) => `${userId} ${status}`),
          ...message.gone.map((userId) => `${userId} gone`),
        ]
      : [],
  )

async function watching(page: Page, token: string): Promise<void> {
  page.hello(token)
  await page.next('welcome')
  page.send({ type: 'watch', id: 1, topics: [{ topic: 'space:room' }] })
  await page.next('snapshot')
}

describe('two connections of one user', () => {
  it('keep the user online until the last is gone', async () => {
    await using server = await runningServer({ presence: { policy } })
    const phone = await server.page()
    const laptop = await server.page()
    phone.hello('ada')
    await phone.next('welcome')
    laptop.hello('ada')
    expect((await laptop.next('welcome')).self.connections).toHaveLength(2)
    phone.socket.disconnect()
    // The grace of the phone is over when the laptop hears that it is alone.
    for (;;) if ((await laptop.next('self')).self.connections.length === 1) break
    expect((await server.presence.get('ada')).status).toBe('online')
    laptop.socket.disconnect()
    await server.sees('ada', 'offline')
  })
})

describe('a socket that disconnects', () => {
  it('on purpose is no logout: the connection has a grace', async () => {
    await using server = await runningServer({ presence: { policy } })
    const ada = await server.page()
    ada.hello('ada')
    await ada.next('welcome')
    const causes: string[] = []
    server.presence.on('change', ({ cause, to }) => causes.push(`${cause} ${to.status}`))
    ada.socket.disconnect()
    await server.sees('ada', 'offline')
    expect(causes).toEqual(['lost offline'])
  })

  it('right after it left is gone at once: Socket.IO drops an event whose socket closes before its turn', async () => {
    await using server = await runningServer()
    const ada = await server.page()
    ada.hello('ada')
    await ada.next('welcome')
    const causes: string[] = []
    server.presence.on('change', ({ cause, to }) => causes.push(`${cause} ${to.status}`))
    ada.send({ type: 'leave', scope: 'connection' })
    ada.socket.disconnect()
    await server.sees('ada', 'offline')
    expect(causes).toEqual(['leave offline'])
  })

  it('and comes back in time with its resume token is seen by nobody', async () => {
    await using server = await runningServer()
    const eve = await server.page()
    await watching(eve, 'eve')
    const ada = await server.page()
    ada.hello('ada', { spaces: [{ space: 'room', state: 'page 7' }] })
    const { resume } = await ada.next('welcome')
    const reconnected = new Promise<void>((resolve) => ada.socket.once('connect', resolve))
    ada.socket.io.engine.close()
    await reconnected
    ada.hello('ada', { resume: resume as string, spaces: [{ space: 'room', state: 'page 7' }] })
    expect((await ada.next('welcome')).resumed).toBe(true)
    ada.send({ type: 'claim', id: 1, status: 'busy' })
    await server.sees('ada', 'busy')
    for (;;) if ((await eve.next('diff')).set[0]?.status === 'busy') break
    expect(seenBy(eve)).toEqual(['ada online', 'ada busy'])
  })

  it('is seen by nobody in twenty reloads', async () => {
    await using server = await runningServer()
    const eve = await server.page()
    await watching(eve, 'eve')
    let resume: string | null = null
    for (let i = 0; i < 20; i++) {
      const page = await server.page()
      page.hello('ada', i % 2 === 0 && resume !== null ? { resume } : {})
      resume = (await page.next('welcome')).resume
      page.send({ type: 'hint' })
      await page.settled()
      page.socket.disconnect()
    }
    await using last = await server.page()
    last.hello('ada')
    await last.next('welcome')
    last.send({ type: 'claim', id: 1, status: 'dnd' })
    for (;;) if ((await eve.next('diff')).set[0]?.status === 'dnd') break
    expect(seenBy(eve)).toEqual(['ada online', 'ada dnd'])
  })
})

describe('a kick', () => {
  it('says bye and leaves the socket to the application', async () => {
    await using server = await runningServer()
    const ada = await server.page()
    await watching(ada, 'ada')
    await server.presence.kick('ada')
    expect(await ada.next('bye')).toEqual({ type: 'bye', reason: 'kicked' })
    expect(ada.socket.connected).toBe(true)
    const [socket] = server.io.of('/').sockets.values()
    expect([...(socket?.rooms ?? [])]).toEqual([socket?.id])
  })
})

describe('a duplicated tab', () => {
  it('is a connection of its own, for the first one answers', async () => {
    await using server = await runningServer()
    const first = await server.page()
    first.hello('ada')
    const { resume } = await first.next('welcome')
    const copy = await server.page()
    copy.hello('ada', { resume: resume as string })
    expect(await copy.next('welcome')).toMatchObject({ resumed: false, self: { connections: [{}, {}] } })
  })
})

describe('connection-state recovery', () => {
  it('brings no room of ours back; the page says hello and watches anew', async () => {
    await using server = await runningServer({ server: { connectionStateRecovery: {} } })
    const eve = await server.page()
    await watching(eve, 'eve')
    const rooms = new Promise<string[]>((resolve) =>
      server.io.once('connection', (socket) => resolve([...socket.rooms])),
    )
    const reconnected = new Promise<void>((resolve) => eve.socket.once('connect', resolve))
    eve.socket.io.engine.close()
    await reconnected
    expect(eve.socket.recovered).toBe(true)
    expect(await rooms).toHaveLength(1)
    const since = eve.heard.flatMap((message) =>
      message.type === 'snapshot' ? (message.topics[0]?.sequence ?? []) : [],
    )[0]
    eve.hello('eve')
    await eve.next('welcome')
    eve.send({ type: 'watch', id: 2, topics: [{ topic: 'space:room', since }] })
    expect((await eve.next('snapshot')).topics).toHaveLength(1)
    const ada = await server.page()
    ada.hello('ada')
    await eve.next('diff')
    await eve.settled()
    expect(seenBy(eve)).toEqual(['ada online'])
  })
})

describe('a server that closes', () => {
  it('leaves every connection lost', async () => {
    await using server = await runningServer({ presence: { policy } })
    const ada = await server.page()
    ada.hello('ada')
    await ada.next('welcome')
    await server.io.close()
    await server.sees('ada', 'offline')
    expect(server.attachment.size).toBe(0)
  })
})
