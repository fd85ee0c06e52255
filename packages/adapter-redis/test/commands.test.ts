import { expect, it, vi } from 'vitest'
import { commandsOf } from '../src/commands.ts'
import { callWithin, type Deadline } from '../src/deadline.ts'
import type { RedisConnection } from '../src/driver/driver.ts'
import { createReadiness } from '../src/driver/readiness.ts'
import { SCRIPTS } from '../src/lua.generated.ts'

function connectionOf(...answers: (unknown | Error)[]) {
  const sent: (readonly string[])[] = []
  const connection: RedisConnection = {
    ready: async () => {},
    describe: async () => [],
    isReady: () => false,
    lastError: () => new Error('connect ECONNREFUSED'),
    async send(_, command) {
      sent.push(command)
      const answer = answers.shift()
      if (answer instanceof Error) throw answer
      return answer
    },
    close() {},
  }
  return { connection, sent }
}

const call = (connection: RedisConnection, timeoutMs = 1000) =>
  callWithin(connection, timeoutMs, 'load', (deadline) => commandsOf(connection, deadline).send('k', ['GET', 'k']))

for (const reply of [
  'TRYAGAIN Multiple keys request during rehashing of slot',
  'CLUSTERDOWN The cluster is down',
  'LOADING Redis is loading the dataset in memory',
  'MOVED 1 127.0.0.1:1',
  'ASK 1 127.0.0.1:1',
  "READONLY You can't write against a read only replica.",
]) {
  it(`asks again after ${reply.split(' ')[0]}, which says that nothing was executed`, async () => {
    const { connection, sent } = connectionOf(new Error(reply), 'value')
    expect(await call(connection)).toBe('value')
    expect(sent).toHaveLength(2)
  })
}

it('sends nothing again of which nobody knows whether it was executed', async () => {
  const { connection, sent } = connectionOf(new Error('Connection is closed.'), 'value')
  await expect(call(connection)).rejects.toMatchObject({
    code: 'unavailable',
    cause: new Error('Connection is closed.'),
  })
  expect(sent).toHaveLength(1)
})

it('sends a script as a whole when the server does not know it', async () => {
  const { connection, sent } = connectionOf(new Error('NOSCRIPT No matching script.'), 5)
  const answer = await callWithin(connection, 1000, 'now', (deadline) =>
    commandsOf(connection, deadline).run('now', ['k'], ['a']),
  )
  expect(answer).toBe(5)
  expect(sent).toEqual([
    ['EVALSHA', SCRIPTS.now.sha, '1', 'k', 'a'],
    ['EVAL', SCRIPTS.now.source, '1', 'k', 'a'],
  ])
})

it('is late at the deadline, says why the connection was away, and sends nothing afterwards', async () => {
  vi.useFakeTimers()
  const { connection, sent } = connectionOf('value')
  let connect = () => {}
  connection.ready = () => new Promise((resolve) => (connect = resolve))
  const late = call(connection, 200)
  const rejected = expect(late).rejects.toMatchObject({
    code: 'unavailable',
    message: 'Redis did not answer load within 200 ms: connect ECONNREFUSED',
    details: { timeoutMs: 200 },
  })
  await vi.advanceTimersByTimeAsync(200)
  await rejected
  connect()
  await vi.advanceTimersByTimeAsync(1000)
  expect(sent).toEqual([])
  vi.useRealTimers()
})

it('says that it was refused, if it was to the end, and does not take the connection for mute', async () => {
  vi.useFakeTimers()
  const { connection } = connectionOf()
  const refusal = new Error('TRYAGAIN Multiple keys request during rehashing of slot')
  connection.isReady = () => true
  connection.send = async () => Promise.reject(refusal)
  const onMute = vi.fn()
  const work = (deadline: Deadline) => commandsOf(connection, deadline).send('k', ['GET', 'k'])
  const rejected = expect(callWithin(connection, 350, 'load', work, onMute)).rejects.toMatchObject({
    code: 'unavailable',
    message: `Redis refused load for 350 ms: ${refusal.message}`,
    cause: refusal,
  })
  await vi.advanceTimersByTimeAsync(350)
  await rejected
  expect(onMute).not.toHaveBeenCalled()
  connection.send = () => new Promise(() => {})
  const late = expect(callWithin(connection, 350, 'load', work, onMute)).rejects.toMatchObject({ code: 'unavailable' })
  await vi.advanceTimersByTimeAsync(350)
  await late
  expect(onMute).toHaveBeenCalledOnce()
  vi.useRealTimers()
})

it('sends no script as a whole after the deadline', async () => {
  vi.useFakeTimers()
  const { connection, sent } = connectionOf()
  let answer = (_: Error) => {}
  connection.send = (_, command) => {
    sent.push(command)
    return new Promise((_, reject) => (answer = reject))
  }
  const late = callWithin(connection, 200, 'now', (deadline) => commandsOf(connection, deadline).run('now', ['k'], []))
  const rejected = expect(late).rejects.toMatchObject({ code: 'unavailable' })
  await vi.advanceTimersByTimeAsync(200)
  await rejected
  answer(new Error('NOSCRIPT No matching script.'))
  await vi.advanceTimersByTimeAsync(1000)
  expect(sent.map(([name]) => name)).toEqual(['EVALSHA'])
  vi.useRealTimers()
})

it('nobody waits for a connection beyond the deadline, however long it is away', async () => {
  vi.useFakeTimers()
  const readiness = createReadiness()
  const waiting: Promise<void>[] = []
  const late = callWithin(readiness, 200, 'load', (deadline) => {
    waiting.push(readiness.ready(deadline))
    return waiting[0] as Promise<void>
  })
  const settled = Promise.allSettled([late, ...waiting])
  await vi.advanceTimersByTimeAsync(200)
  for (const result of await settled) expect(result.status).toBe('rejected')
  vi.useRealTimers()
})
