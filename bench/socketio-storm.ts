import { setTimeout as wait } from 'node:timers/promises'
import type { CaseOptions } from './contests.ts'
import { cpuMs, expectEqual } from './measure.ts'
import { SPACE_SIZE } from './nodes/bench-node.ts'
import { type ForkedPages, forkPages } from './nodes/fork-pages.ts'
import { openSocketIOServer, type SocketIOKind, type SocketIOServer } from './nodes/socketio-server.ts'

export const IN_FLIGHT = 500
const WARM_ROUNDS = 2

/** A server with everybody on it, and what it took to get there. */
export interface Storm {
  readonly server: SocketIOServer
  readonly pages: ForkedPages
  /** CPU of the server, per page. */
  readonly cpuUs: number
  close(): Promise<void>
}

/** Everybody connects at once to a server whose code others have compiled, until all see all of theirs. */
export async function storm(kind: SocketIOKind, { n, quick }: Pick<CaseOptions, 'n' | 'quick'>): Promise<Storm> {
  const server = await openSocketIOServer(kind)
  const pages = await forkPages(server.port, kind)
  const warm = quick ? SPACE_SIZE : Math.ceil(n / 5 / SPACE_SIZE) * SPACE_SIZE
  for (let round = 0; round < WARM_ROUNDS; round++) {
    const from = n + round * warm
    await pages.open({ from, to: from + warm, inFlight: IN_FLIGHT })
    await pages.leaveAll()
    while ((await server.online()) > 0) await wait(10)
  }
  const cpu = cpuMs()
  await pages.open({ from: 0, to: n, inFlight: IN_FLIGHT })
  // What is done a moment later is part of it.
  await wait(quick ? 10 : 500)
  const took = cpuMs() - cpu
  expectEqual(await server.online(), n, 'users online')
  return {
    server,
    pages,
    cpuUs: (took * 1000) / n,
    async close() {
      await pages.kill()
      await server.close()
    },
  }
}
