import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Where the demo listens if nothing else was asked for and nobody else does. */
const DEFAULT_PORT = 4173

/** Listens on the port asked for, or else on the default one, or else on any free one. Resolves with the port. */
export async function listen(server: Server, asked: number | null, host?: string): Promise<number> {
  try {
    server.listen(asked ?? DEFAULT_PORT, host)
    await once(server, 'listening')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    if (asked !== null)
      throw new Error(`Port ${asked} is taken; set PORT to another one, or leave it out for a free one`)
    server.listen(0, host)
    await once(server, 'listening')
  }
  return (server.address() as AddressInfo).port
}
