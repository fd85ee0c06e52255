/**
 * `pnpm demo [--store memory|redis|mongo|postgres] [--nodes N]`
 *
 * With the memory store this is `server.ts` and nothing else. With a database it is a front with N of them behind it.
 */
import { randomBytes } from 'node:crypto'
import { parseArguments, type Wanted } from './front/arguments.ts'
import { type DatabaseName, findDatabase } from './front/database.ts'
import { createFront } from './front/front.ts'
import { createHub } from './front/hub.ts'
import { createNodes } from './front/nodes.ts'
import { frontRoutes } from './front/routes.ts'
import { createColleagues } from './server/colleagues/colleagues.ts'
import { colleaguesRoute } from './server/colleagues/route.ts'
import { listen } from './server/listen.ts'
import { settings } from './server/settings.ts'
import { createTokens } from './server/tokens.ts'

async function run({ store, nodes: count }: Wanted & { readonly store: DatabaseName }): Promise<void> {
  const database = await findDatabase(store)
  const hub = createHub()
  const secret = process.env.ROLLCALL_DEMO_SECRET || randomBytes(24).toString('hex')
  const tokens = createTokens(Buffer.from(secret), settings.tokenMs, hub)
  const env = { ...database.env, ROLLCALL_DEMO_STORE: store, ROLLCALL_DEMO_SECRET: secret }
  const nodes = createNodes({ count, hub, env })
  const { idleAfter, grace: graceMs } = settings.policy
  const colleagues = createColleagues({ url: () => url, tokens, idleAfterMs: idleAfter || null, graceMs })
  colleagues.onChange(() => hub.publish('colleagues', colleagues.list()))

  let stopping: Promise<void> | null = null
  const stop = () => {
    stopping ??= (async () => {
      colleagues.toggleAll(false)
      await nodes.stop()
      front.close()
      front.closeAllConnections()
      await database.close()
    })()
    return stopping
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)

  const routes = [...frontRoutes(nodes, tokens, database.label), colleaguesRoute(colleagues)]
  const front = createFront(nodes.places, routes, tokens)
  await Promise.all(nodes.places.map(({ name }) => nodes.start(name))).catch(async (error: Error) => {
    await stop()
    throw error
  })
  const url = `http://localhost:${await listen(front, settings.port)}`
  if (settings.colleagues) colleagues.toggleAll(true)
  console.log(`store: ${database.label}`)
  console.log(`nodes: ${nodes.places.map(({ name, port }) => `${name} on port ${port}`).join(', ')}`)
  console.log(`rollcall demo ready at ${url}`)
}

try {
  const wanted = parseArguments(process.argv.slice(2))
  if (wanted.store === 'memory') await import('./server.ts')
  else await run({ ...wanted, store: wanted.store })
} catch (error) {
  console.error((error as Error).message)
  process.exitCode = 1
}
