import { fork } from 'node:child_process'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { expressPresence } from '@rollcall/adapter-http/express'
import { createPresence, memoryStore, type PresenceStore } from '@rollcall/core'
import express, { type Express } from 'express'
import type { CaseOptions, Side } from '../contests.ts'
import type { Measures } from '../figures.ts'
import { cpuMs, expectEqual } from '../measure.ts'
import type { Heard } from '../nodes/http-clients.ts'

const BEAT_MS = 30_000
const LEASE_MS = 90_000
const userOf = (authorization: string | undefined) => authorization?.slice('Bearer '.length) || null

/** Users without a socket, each of whom beats every 30 s; what this takes of the process that they beat at. */
export async function measure({ n, quick, side }: CaseOptions): Promise<Measures> {
  const beatMs = quick ? 1000 : BEAT_MS
  const { app, written, present, close } = side === 'ours' ? await ours() : naive()
  const server = app.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A connection that the server gives up as the client uses it again would be a beat that fails.
  server.keepAliveTimeout = 0
  const { port } = server.address() as AddressInfo
  // The clients have a process of their own: nothing of what they take is counted here.
  const clients = fork(new URL('../nodes/http-clients.ts', import.meta.url), [
    JSON.stringify({ url: `http://127.0.0.1:${port}/presence/heartbeat`, users: n, beatMs }),
  ])
  const heard = async () => {
    const answer = once(clients, 'message') as Promise<[Heard]>
    clients.send('report')
    return (await answer)[0]
  }
  // Everybody's first beat opens a lease, and compiles the code.
  await wait(beatMs + 1000)
  const before = { heard: await heard(), cpu: cpuMs(), wall: performance.now(), written: written() }
  await wait(2 * beatMs)
  const [cpu, wall, writes] = [cpuMs() - before.cpu, performance.now() - before.wall, written() - before.written]
  const after = await heard()
  const beats = after.answered - before.heard.answered
  expectEqual(after.failed, 0, `beats that failed (${after.firstFailure})`)
  if (side === 'ours') expectEqual(await present(), n, 'users present')
  if (!quick) expectEqual(Math.round(beats / n / (wall / BEAT_MS) / 0.05), 20, 'beats that were sent, in parts of 5 %')
  clients.kill()
  server.closeAllConnections()
  server.close()
  await close()
  return {
    'http.core': { value: (100 * cpu) / wall, unit: '% of a core' },
    'http.beat': { value: (cpu * 1000) / beats, unit: 'CPU µs' },
    ...writesOf(side, writes / n / (wall / (LEASE_MS / 3))),
  }
}

function writesOf(side: Side, value: number): Measures {
  return side === 'ours' ? { 'http.writes': { value, unit: 'writes' } } : {}
}

interface Served {
  readonly app: Express
  written(): number
  present(): Promise<number>
  close(): Promise<void>
}

async function ours(): Promise<Served> {
  const memory = memoryStore()
  let count = 0
  const store: PresenceStore = {
    ...memory,
    save(writes) {
      count += writes.length
      return memory.save(writes)
    },
  }
  const presence = createPresence({ store, policy: { lease: LEASE_MS, idleAfter: false, dormantAfter: false } })
  await presence.start()
  const app = express()
  app.use(
    '/presence',
    expressPresence(presence, {
      authenticate({ token }) {
        const userId = userOf(`Bearer ${token}`)
        return userId === null ? null : { userId }
      },
    }),
  )
  return { app, written: () => count, present: () => presence.count(), close: () => presence.stop() }
}

/** What the framework takes for the same requests, of which nothing is made. */
function naive(): Served {
  const app = express()
  app.post('/presence/heartbeat', express.json(), (request, response) => {
    const userId = userOf(request.get('authorization'))
    if (userId === null) return void response.status(401).json({})
    response.set('cache-control', 'no-store').json({ counted: true, leaseMs: LEASE_MS })
  })
  return { app, written: () => 0, present: async () => 0, close: async () => {} }
}
