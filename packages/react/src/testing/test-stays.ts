import type { Membership, SpaceState } from '@rollcall/client'
import type { TestStore } from './test-state.ts'
import { type StandingUser, standingUser } from './test-users.ts'

/** Lets oneself stand in spaces; several stays in one space are counted, as in a real client. */
export function createStays(
  state: TestStore['state'],
  setUsers: (users: ReadonlyMap<string, StandingUser>) => void,
): (space: string, to?: SpaceState) => Membership {
  const stays = new Map<string, number>()

  /** `undefined`: stands there no more. */
  const stand = (space: string, to: SpaceState | undefined) => {
    const { me, users } = state()
    const userId = me.userId ?? 'me'
    const { [space]: _, ...others } = users.get(userId)?.spaces ?? {}
    const spaces = to === undefined ? others : { ...others, [space]: to }
    const { status, message } = me
    setUsers(new Map(users).set(userId, standingUser(userId, { status, message, spaces })))
  }
  return (space, to) => {
    let over = false
    const count = stays.get(space) ?? 0
    stays.set(space, count + 1)
    if (count === 0 || to !== undefined) stand(space, to ?? null)
    return {
      space,
      setState(next) {
        if (!over) stand(space, next)
      },
      exit() {
        if (over) return
        over = true
        const left = (stays.get(space) ?? 1) - 1
        stays.set(space, left)
        if (left === 0) stand(space, undefined)
      },
    }
  }
}
