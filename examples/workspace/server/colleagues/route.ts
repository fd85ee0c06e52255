import { ok, type Route, refused } from '../http-api.ts'
import type { Colleagues } from './colleagues.ts'

/** Switches colleagues on and off, for everybody. */
export function colleaguesRoute(colleagues: Colleagues): Route {
  return {
    method: 'POST',
    path: '/api/colleagues',
    may: 'members',
    handle({ body: { userId, on } }) {
      if (typeof on !== 'boolean') return refused(400, '"on" is true or false.')
      if (userId === undefined) colleagues.toggleAll(on)
      else if (typeof userId !== 'string' || !colleagues.toggle(userId, on))
        return refused(404, 'Nobody plays that person.')
      return ok(colleagues.list())
    },
  }
}
