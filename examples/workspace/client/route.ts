import { useSyncExternalStore } from 'react'

/** What the side panel shows; `menu` is the sidebar where there is no room for it. */
export type Side = 'person' | 'connection' | 'events' | 'colleagues' | 'nodes' | 'menu'

/** Where one is, as the address says it: a reload and the Back button lead where one expects. */
export interface Route {
  readonly channelId: string | null
  /** Whose details are open. */
  readonly personId: string | null
  readonly side: Side | null
}

const SIDES: readonly Side[] = ['person', 'connection', 'events', 'colleagues', 'nodes', 'menu']

function parse(hash: string): Route {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?')
  const [view, id] = path.split('/')
  const params = new URLSearchParams(search)
  const personId = params.get('person')
  const side = SIDES.find((known) => known === params.get('side')) ?? (personId === null ? null : 'person')
  return { channelId: view === 'channel' && id ? id : null, personId, side }
}

function href({ channelId, personId, side }: Route): string {
  const params = new URLSearchParams()
  if (personId !== null) params.set('person', personId)
  if (side !== null) params.set('side', side)
  const search = params.size > 0 ? `?${params}` : ''
  return `#/${channelId === null ? 'people' : `channel/${channelId}`}${search}`
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener)
  return () => removeEventListener('hashchange', listener)
}

let parsed: { readonly hash: string; readonly route: Route } = { hash: '', route: parse('') }

function snapshot(): Route {
  if (parsed.hash !== location.hash) parsed = { hash: location.hash, route: parse(location.hash) }
  return parsed.route
}

export const useRoute = (): Route => useSyncExternalStore(subscribe, snapshot)

/** The address of where one is, but for what is given. */
export const hrefTo = (to: Partial<Route>): string => href({ ...snapshot(), ...to })
