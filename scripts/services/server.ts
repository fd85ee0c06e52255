/** Starts one server in a new temporary folder and waits until it takes commands. */
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../../e2e/free-port.ts'
import type { Engine, Program, ServerOptions } from './engine.ts'
import { isAlive, killServer, type ServerHandle, startServer } from './handle.ts'
import { until } from './until.ts'

/** A temporary folder that other users may pass through, for a server may run as one of them. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'rollcall-services-'))
  chmodSync(folder, 0o711)
  return folder
}

/** A data folder of one server, filled and not started. */
export async function prepareServer(
  engine: Engine,
  program: Program,
  wanted: { folder: string; clustered?: boolean; durable?: boolean; behind?: string | undefined },
): Promise<{ program: Program; options: ServerOptions }> {
  const options = {
    port: await freePort(),
    folder: wanted.folder,
    clustered: wanted.clustered ?? false,
    durable: wanted.durable ?? false,
    ...(wanted.clustered ? { busPort: await freePort() } : {}),
    ...(wanted.behind ? { behind: wanted.behind } : {}),
  }
  return { program: await engine.prepare(program, options), options }
}

/** Rejects with the end of its log when the server ended or was not ready in time; it is then stopped. */
export async function runServer(engine: Engine, program: Program, options: ServerOptions): Promise<ServerHandle> {
  const server = startServer(program, engine.launch(program, options), options)
  try {
    await until(
      60_000,
      () => engine.ready(options.port, options),
      () => {
        if (!isAlive(server)) throw new Error('it ended at once')
      },
    )
    return server
  } catch (error) {
    await killServer(server)
    const log = program.run === 'process' ? readFileSync(join(options.folder, 'server.log'), 'utf8') : ''
    const end = log.trim().split('\n').slice(-5).join('\n')
    throw new Error(`${program.label} did not start: ${(error as Error).message}\n${end}`)
  }
}

export const removeFolder = (folder: string) => rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
