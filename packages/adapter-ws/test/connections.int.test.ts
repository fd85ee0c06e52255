import { memoryStore } from '@rollcall/core'
import { describe, expect, it } from 'vitest'
import { CLOSE_CODES } from '../src/index.ts'
import type { Page } from './page.ts'
import { runningServer } from './running-server.ts'

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

describe('two connections of one user', () => {
  it('keep the user online until the last is gone', async () => {
    await using server = await runningServer({ presence: { policy } })
    const phone = await server.welcomed('ada')
    const laptop = await server.page()
    laptop.hello('ada')
    expect((await laptop.next('welcome')).self.connections).toHaveLength(2)
    phone.socket.close()
    // The grace of the phone is over when the laptop hears that it is alone.
    for (;;) if ((await laptop.next('self')).self.connections.length === 1) break
    expect((await server.presence.get('ada')).status).toBe('online')
    laptop.socket.close()
    await server.sees('ada', 'offline')
  })
})

describe('a socket that closes', () => {
  it.each<[string, (page: Page) => void]>([
    ['with 1000', ({ socket }) => socket.close(1000)],
    ['with 1001, as a page that is put away', ({ socket }) => socket.close(1001)],
    ['without a word', ({ socket }) => socket.terminate()],
  ])('%s is no logout: the connection has a grace', async (_, close) => {
    await using server = await runningServer({ presence: { policy } })
    const ada = await server.welcomed('ada')
    const causes: string[] = []
    server.presence.on('change', ({ cause, to }) => causes.push(`${cause} ${to.status}`))
    close(ada)
    await server.sees('ada', 'offline')
    expect(causes).toEqual(['lost offline'])
    expect(server.attachment.size).toBe(0)
  })

  it('right after a hint has the grace of a page that goes away', async () => {
    await using server = await runningServer({ presence: { policy: { ...policy, grace: '1h' } } })
    const ada = await server.welcomed('ada')
    const causes: string[] = []
    server.presence.on('change', ({ cause, to }) => causes.push(`${cause} ${to.status}`))
    ada.send({ type: 'hint' })
    ada.socket.close(1000)
    await server.sees('ada', 'offline')
    expect(causes).toEqual(['hint offline'])
  })

  it('right after it left is gone at once', async () => {
    await using server = await runningServer()
    const ada = await server.welcomed('ada')
    const causes: string[] = []
    server.presence.on('change', ({ cause, to }) => causes.push(`${cause} ${to.status}`))
    ada.send({ type: 'leave', scope: 'connection' })
    ada.socket.close(1000)
    await server.sees('ada', 'offline')
    expect(causes).toEqual(['leave offline'])
  })

  it('and comes back in time with its resume token is seen by nobody', async () => {
    await using server = await runningServer()
    const eve = await server.welcomed('eve', { watches: true })
    const first = await server.page()
    first.hello('ada', { spaces: [{ space: 'room', state: 'page 7' }] })
    const { resume } = await first.next('welcome')
    first.socket.terminate()
    const second = await server.page()
    second.hello('ada', { resume: resume as string, spaces: [{ space: 'room', state: 'page 7' }] })
    expect((await second.next('welcome')).resumed).toBe(true)
    second.send({ type: 'claim', id: 1, status: 'busy' })
    for (;;) if ((await eve.next('diff')).set[0]?.status === 'busy') break
    expect(seenBy(eve)).toEqual(['ada online', 'ada busy'])
  })

  it('is seen by nobody in twenty reloads', async () => {
    await using server = await runningServer()
    const eve = await server.welcomed('eve', { watches: true })
    let resume: string | null = null
    for (let i = 0; i < 20; i++) {
      const page = await server.page()
      page.hello('ada', i % 2 === 0 && resume !== null ? { resume } : {})
      resume = (await page.next('welcome')).resume
      page.send({ type: 'hint' })
      page.socket.close(1000)
      await page.closed
    }
    const last = await server.welcomed('ada')
    last.send({ type: 'claim', id: 1, status: 'dnd' })
    for (;;) if ((await eve.next('diff')).set[0]?.status === 'dnd') break
    expect(seenBy(eve)).toEqual(['ada online', 'ada dnd'])
  })
})

describe('an end by the server', () => {
  it('says bye and closes', async () => {
    await using server = await runningServer()
    const ada = await server.welcomed('ada', { watches: true })
    await server.presence.kick('ada')
    expect(await ada.next('bye')).toEqual({ type: 'bye', reason: 'kicked' })
    expect(await ada.closed).toEqual([CLOSE_CODES.bye, 'bye'])
    await server.hasLeft(0)
  })

  it('that drains tells every client to come back, and others see nobody leave', async () => {
    const store = memoryStore()
    await using other = await runningServer({ presence: { store } })
    const eve = await other.welcomed('eve', { watches: true })
    const server = await runningServer({ presence: { store } })
    const ada = await server.welcomed('ada')
    await eve.next('diff')
    await server.presence.stop()
    expect(await ada.next('bye')).toMatchObject({ reason: 'draining', retryAfterMs: 1000 })
    expect((await ada.closed)[0]).toBe(CLOSE_CODES.bye)
    const back = await other.welcomed('ada')
    back.send({ type: 'claim', id: 1, status: 'busy' })
    for (;;) if ((await eve.next('diff')).set[0]?.status === 'busy') break
    expect(seenBy(eve)).toEqual(['ada online', 'ada busy'])
    await server[Symbol.asyncDispose]()
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

  it('takes over from a first one that does not answer, which is closed', async () => {
    await using server = await runningServer()
    const first = await server.page({ answersPings: false })
    first.hello('ada')
    const { resume } = await first.next('welcome')
    const copy = await server.page()
    copy.hello('ada', { resume: resume as string })
    expect((await copy.next('welcome')).resumed).toBe(true)
    expect(await first.closed).toEqual([CLOSE_CODES.replaced, 'replaced'])
  })
})

describe('several servers on one store', () => {
  it('each send to their own clients, once', async () => {
    const store = memoryStore()
    await using one = await runningServer({ presence: { store } })
    await using two = await runningServer({ presence: { store } })
    const watchers = [await one.welcomed('eve', { watches: true }), await two.welcomed('joe', { watches: true })]
    await one.welcomed('ada')
    for (const page of watchers) {
      for (;;) if ((await page.next('diff')).set.some(({ userId }) => userId === 'ada')) break
      await page.settled()
      expect(seenBy(page).filter((seen) => seen === 'ada online')).toHaveLength(1)
    }
  })
})
