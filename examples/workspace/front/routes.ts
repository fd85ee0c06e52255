import { ok, type Route, refused } from '../server/http-api.ts'
import type { Tokens } from '../server/tokens.ts'
import type { Nodes } from './nodes.ts'
import { collectReports } from './reports.ts'

/** What admins may see of the nodes, and do to them. */
export function frontRoutes(nodes: Nodes, tokens: Tokens, store: string): readonly Route[] {
  const known = (name: string | undefined) => nodes.places.find((place) => place.name === name)
  const report: Route = {
    method: 'GET',
    path: '/api/admin/nodes',
    may: 'admins',
    async handle({ login }) {
      if (login === null) return refused(401, 'Sign in.')
      const { token } = await tokens.sign(login.person, login.sessionId)
      return ok(await collectReports(nodes.places, store, `Bearer ${token}`))
    },
  }
  const kill: Route = {
    method: 'POST',
    path: '/api/admin/nodes/:name/kill',
    may: 'admins',
    handle({ params }) {
      const place = known(params.name)
      if (place === undefined) return refused(404, 'There is no node of that name.')
      nodes.kill(place.name)
      return ok()
    },
  }
  const start: Route = {
    method: 'POST',
    path: '/api/admin/nodes/:name/start',
    may: 'admins',
    handle({ params }) {
      const place = known(params.name)
      if (place === undefined) return refused(404, 'There is no node of that name.')
      // It takes a moment, and the report says how it goes.
      nodes.start(place.name).catch((error: Error) => console.error(error.message))
      return ok()
    },
  }
  return [report, kill, start]
}
