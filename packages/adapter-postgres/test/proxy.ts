import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A TCP proxy before a server, which fails as a network does. */
export interface NetworkProxy extends AsyncDisposable {
  readonly port: number
  /** Connections that stand. */
  readonly open: number
  /** Ends every connection; `refuse`: and takes no new ones until `resume`. */
  cut(refuse?: boolean): void
  /** Nothing passes in either direction until `resume`, and nobody is told. */
  stall(): void
  /** Ends every connection; those that come until `resume` are taken, and never answered nor closed. */
  swallow(): void
  resume(): void
}

export async function startProxy(host: string, port: number): Promise<NetworkProxy> {
  const pairs = new Set<readonly [Socket, Socket]>()
  const swallowed = new Set<Socket>()
  let refusing = false
  let stalled = false
  let swallowing = false
  const server = createServer({ allowHalfOpen: true }, (near) => {
    near.on('error', () => {})
    if (refusing) return near.destroy()
    if (swallowing) {
      swallowed.add(near.resume())
      return
    }
    const far = connect(port, host)
    far.on('error', () => {})
    const pair = [near, far] as const
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      near.destroy()
      far.destroy()
    }
    near.on('close', end)
    far.on('close', end)
    if (stalled) return
    near.pipe(far)
    far.pipe(near)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy: NetworkProxy = {
    port: (server.address() as AddressInfo).port,
    get open() {
      return pairs.size
    },
    cut(refuse = false) {
      refusing = refuse
      for (const [near] of pairs) near.destroy()
    },
    stall() {
      stalled = true
      for (const [near, far] of pairs) {
        near.unpipe(far).pause()
        far.unpipe(near).pause()
      }
    },
    swallow() {
      proxy.cut()
      swallowing = true
    },
    resume() {
      refusing = false
      swallowing = false
      if (!stalled) return
      stalled = false
      for (const [near, far] of pairs) {
        near.pipe(far)
        far.pipe(near)
      }
    },
    async [Symbol.asyncDispose]() {
      proxy.cut(true)
      for (const near of swallowed) near.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}
