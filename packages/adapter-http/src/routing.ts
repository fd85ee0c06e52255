import { PresenceError } from '@rollcall/core'
import type { RouteNames } from './options.ts'
import { Problem } from './problem.ts'
import type { Method, Route } from './routes/route.ts'

/** A route and what its path says. */
export interface Match {
  readonly route: Route
  readonly params: Readonly<Record<string, string>>
}

export interface Router {
  /** Throws a problem: 404 for no such path, 405 for a method that the path does not know. */
  find(method: string, path: string): Match
  /** What may be asked of a path, HEAD included; empty for no such path. */
  methodsOf(path: string): readonly string[]
}

const METHODS: readonly string[] = ['GET', 'POST', 'PUT', 'DELETE'] satisfies readonly Method[]

/** Applies the application's own paths. Throws `invalid-option` for a name or a path that cannot be. */
export function renameRoutes(routes: readonly Route[], names: RouteNames): readonly Route[] {
  const unknown = Object.keys(names).find((name) => routes.every((route) => route.name !== name))
  if (unknown !== undefined) {
    const known = routes.map(({ name }) => name).join(', ')
    throw new PresenceError('invalid-option', `routes.${unknown}: there is no such route; known are ${known}`, {
      option: `routes.${unknown}`,
    })
  }
  return routes.flatMap((route) => {
    if (!Object.hasOwn(names, route.name)) return [route]
    const given = names[route.name] as string | false
    if (given === false) return []
    const [, method = '', path = ''] = /^([A-Z]+) (\/\S*)$/.exec(given) ?? []
    if (!METHODS.includes(method) || namesIn(path).toSorted().join() !== namesIn(route.path).toSorted().join()) {
      throw new PresenceError(
        'invalid-option',
        `routes.${route.name} is ${JSON.stringify(given)}; write it like ${route.method} ${route.path}, with the same parameters`,
        { option: `routes.${route.name}`, value: given },
      )
    }
    return [{ ...route, method: method as Method, path }]
  })
}

/** The names of the parameters in a path, in order. */
export function namesIn(path: string): readonly string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name]) => name as string)
}

/** Routes of one path, by method. */
interface Place {
  readonly path: string
  readonly pattern: RegExp
  readonly routes: Map<string, { readonly route: Route; readonly names: readonly string[] }>
}

/** Throws `invalid-option` if two routes have the same method and path. */
export function createRouter(routes: readonly Route[]): Router {
  const fixed = new Map<string, Place>()
  const open: Place[] = []
  for (const route of routes) {
    const key = route.path.replace(/:\w+/g, ':')
    let place = fixed.get(key) ?? open.find(({ path }) => path === key)
    if (place === undefined) {
      place = placeOf(key, route.path)
      if (key === route.path) fixed.set(key, place)
      else open.push(place)
    }
    const other = place.routes.get(route.method)?.route
    if (other !== undefined) {
      throw new PresenceError(
        'invalid-option',
        `routes ${other.name} and ${route.name} are both ${route.method} ${route.path}; give one of them another path`,
        { routes: [other.name, route.name] },
      )
    }
    place.routes.set(route.method, { route, names: namesIn(route.path) })
  }

  /** Those that a path fits, the most particular first. */
  const placesAt = (path: string): readonly Place[] => {
    const same = fixed.get(path)
    const others = open.filter(({ pattern }) => pattern.test(path))
    return same === undefined ? others : [same, ...others]
  }
  const methodsOf = (path: string) =>
    [...new Set(placesAt(path).flatMap(({ routes }) => [...routes.keys()])).values()].flatMap((method) =>
      method === 'GET' ? ['GET', 'HEAD'] : [method],
    )

  return {
    find(method, given) {
      const path = given.length > 1 && given.endsWith('/') ? given.slice(0, -1) : given
      const asked = method === 'HEAD' ? 'GET' : method
      const same = fixed.get(path)?.routes.get(asked)
      if (same !== undefined) return { route: same.route, params: {} }
      for (const { pattern, routes } of placesAt(path)) {
        const found = routes.get(asked)
        if (found === undefined) continue
        const { route, names } = found
        const values = pattern.exec(path)?.slice(1) ?? []
        // Two methods of one path may name its parameters differently; the order is what counts.
        return { route, params: Object.fromEntries(names.map((name, i) => [name, decoded(values[i] ?? '')])) }
      }
      const methods = methodsOf(path)
      if (methods.length === 0) throw new Problem('not-found', `There is nothing at ${path}`, { path })
      const allow = methods.join(', ')
      const detail = `${method} is not for ${path}; use ${allow}`
      throw new Problem('method-not-allowed', detail, { method, allowed: methods }, { headers: { allow } })
    },
    methodsOf,
  }
}

function placeOf(key: string, path: string): Place {
  const pattern = new RegExp(`^${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/:\w+/g, '([^/]+)')}$`)
  return { path: key, pattern, routes: new Map() }
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new Problem('bad-message', `The path has ${segment}, which is not well encoded`, { segment })
  }
}
