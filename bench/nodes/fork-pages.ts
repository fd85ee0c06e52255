import { forkWorker } from './fork-worker.ts'
import type { PageOrders } from './socketio-pages.ts'
import type { SocketIOKind } from './socketio-server.ts'

/** Pages in a process of their own: nothing of what they take is counted with the server. One order at a time. */
export interface ForkedPages extends PageOrders {
  kill(): Promise<void>
}

export async function forkPages(port: number, kind: SocketIOKind): Promise<ForkedPages> {
  const { ask, kill } = await forkWorker<PageOrders>('socketio-pages.ts', [String(port), kind])
  return {
    open: ask('open'),
    act: ask('act'),
    actAlone: ask('actAlone'),
    leaveAll: ask('leaveAll'),
    kill,
  }
}
