import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** A network line between browsers and a server on this machine, which can be cut and go silent. */
export interface Line extends AsyncDisposable {
  readonly port: number
  /** Every connection breaks, and none can be made. */
  cut(): void
  /** Everything stays open, but no byte passes: what a lost Wi-Fi looks like to both ends. */
  silence(): void
  /** No byte of the connections that are open passes any more, and neither end hears of it; new ones work. */
  forget(): void
  restore(): void
}

export async function createLine(serverPort: number): Promise<Line> {
  const ends = new Set<Socket>()
  const forgotten = new WeakSet<Socket>()
  let state: 'open' | 'cut' | 'silent' = 'open'
  const server = createServer((near) => {
    if (state === 'cut') {
      near.destroy()
      return
    }
    const far = connect(serverPort, '127.0.0.1')
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from)
      from.on('data', (bytes) => {
        if (state !== 'silent' && !forgotten.has(from)) to.write(bytes)
      })
      from.on('error', () => to.destroy())
      from.on('close', () => {
        ends.delete(from)
        to.destroy()
      })
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const breakAll = () => {
    for (const end of ends) end.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    cut() {
      state = 'cut'
      breakAll()
    },
    silence() {
      state = 'silent'
    },
    forget() {
      for (const end of ends) forgotten.add(end)
    },
    restore() {
      if (state === 'silent') breakAll()
      state = 'open'
    },
    async [Symbol.asyncDispose]() {
      breakAll()
      server.close()
    },
  }
}
