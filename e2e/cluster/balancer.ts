import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What stands before the nodes: each connection goes to the next of them that takes it. */
export interface Balancer extends AsyncDisposable {
  readonly port: number
}

export async function createBalancer(nodePorts: readonly number[]): Promise<Balancer> {
  const ends = new Set<Socket>()
  let next = 0
  const server = createServer((near) => {
    ends.add(near.on('error', () => {}).on('close', () => ends.delete(near)))
    const tryFrom = (first: number, tried: number) => {
      if (tried === nodePorts.length) return void near.destroy()
      const far = connect(nodePorts[(first + tried) % nodePorts.length] as number, '127.0.0.1')
      const giveUp = () => tryFrom(first, tried + 1)
      far.once('error', giveUp)
      far.once('connect', () => {
        far.off('error', giveUp)
        ends.add(far.on('error', () => {}).on('close', () => near.destroy()))
        near.on('close', () => far.destroy())
        near.pipe(far).pipe(near)
      })
    }
    tryFrom(next++, 0)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const end of ends) end.destroy()
      server.close()
    },
  }
}
