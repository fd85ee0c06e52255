import { rmSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type NextPresence, nextPresence, touch } from '../../src/next.ts'
import { type Bridge, OWN_ANSWER } from './bridge.ts'
import { listen } from './listen.ts'

/** What the route files in `next-app` find. */
declare global {
  var rollcallTest:
    | {
        readonly presence: NextPresence | null
        readonly prefixed: NextPresence | null
        own(): Response
        counted(request: never): Response
      }
    | undefined
}

interface NextServer {
  readonly listener: RequestListener
  stop(): Promise<void>
}

/** What the module `next` is, as far as it is used. */
type CreateNext = (options: { readonly dev: boolean; readonly dir: string; readonly quiet: boolean }) => {
  prepare(): Promise<void>
  getRequestHandler(): RequestListener
  close(): Promise<void>
}

let running: Promise<NextServer> | undefined

/** It starts in seconds: one for all tests. */
async function startNext(): Promise<NextServer> {
  process.env.NEXT_TELEMETRY_DISABLED = '1'
  const dir = join(import.meta.dirname, 'next-app')
  // Not by its types: they would change the globals of every file that is compiled along.
  const createNext: CreateNext = createRequire(import.meta.url)('next')
  const app = createNext({ dev: true, dir, quiet: true })
  await app.prepare()
  return {
    listener: app.getRequestHandler(),
    async stop() {
      await app.close()
      rmSync(join(dir, '.next'), { recursive: true, force: true })
    },
  }
}

export const nextBridge: Bridge = {
  name: 'Next.js',
  // A route handler is given the request as it came: nobody reads a body before it.
  lacks: ['parsed'],
  async run({ presence, options, prefixed, touching }) {
    const handlers = nextPresence(presence, options)
    const own = () => new Response(OWN_ANSWER)
    globalThis.rollcallTest = {
      presence: prefixed ? null : handlers,
      prefixed: prefixed ? handlers : null,
      own,
      counted: touch(presence, () => (touching ? { userId: 'grace' } : null))(own),
    }
    running ??= startNext()
    return listen((await running).listener)
  },
  async stop() {
    await (await running)?.stop()
  },
}
