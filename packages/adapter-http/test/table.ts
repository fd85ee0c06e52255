import { createPresence, memoryStore } from '@rollcall/core'
import { createNaming } from '../src/naming.ts'
import { createRoutes } from '../src/routes/index.ts'
import type { Route } from '../src/routes/route.ts'
import { authenticate } from './served.ts'

/** The table itself, so that a route that joins it is tested without further words. */
export function tableOfRoutes(): readonly Route[] {
  const presence = createPresence({ store: memoryStore() })
  const group = createRoutes({ presence, naming: createNaming({}) }, { authenticate }, 1000)
  group.close()
  return group.routes
}
