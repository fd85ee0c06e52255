import { createHeartbeats } from '../heartbeats.ts'
import { liveRoutes } from '../live/routes.ts'
import type { HttpOptions } from '../options.ts'
import { adminRoutes } from './admin.ts'
import { myRoutes } from './mine.ts'
import type { RouteGroup, RouteParts } from './route.ts'
import { sessionRoutes } from './session.ts'
import { userRoutes } from './users.ts'

/** The table: every route of a handler, under the names and paths of the library. */
export function createRoutes<C>(parts: RouteParts, options: HttpOptions<C>, batchBytes: number): RouteGroup {
  const live = liveRoutes(parts, options.randomId)
  const beats = createHeartbeats(parts.presence.clock)
  return {
    routes: [
      ...sessionRoutes(parts, beats),
      ...userRoutes(parts, options, batchBytes),
      ...myRoutes(parts),
      ...adminRoutes(parts, options, beats),
      ...live.routes,
    ],
    close: live.close,
  }
}
