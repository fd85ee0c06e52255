import type { Presence } from '@rollcall/core'

/** A page leaves, or signs its session out: by which connection, or which session of whom. */
export type EndByPage =
  | { readonly what: 'leave'; readonly userId: string; readonly connectionId: string }
  | { readonly what: 'sign-out'; readonly userId: string; readonly sessionId: string }

/** The same presence; `onEnd` hears of what pages end by way of it. `saved` settles as the page would be answered, if it still were there. */
export function overheard(presence: Presence, onEnd: (end: EndByPage, saved: Promise<void>) => void): Presence {
  const listened = <T extends { readonly userId: string; readonly connectionId: string; leave(): Promise<void> }>(
    connection: T,
  ): T => {
    const { userId, connectionId } = connection
    const leave = connection.leave.bind(connection)
    connection.leave = () => {
      const saved = leave()
      onEnd({ what: 'leave', userId, connectionId }, saved)
      return saved
    }
    return connection
  }
  const own: Pick<Presence, 'open' | 'lease' | 'leased' | 'signOut'> = {
    async open(request) {
      const opened = await presence.open(request)
      listened(opened.connection)
      return opened
    },
    async lease(request) {
      const leased = await presence.lease(request)
      listened(leased.connection)
      return leased
    },
    leased: (userId, connectionId) => listened(presence.leased(userId, connectionId)),
    signOut(userId, options = {}) {
      const saved = presence.signOut(userId, options)
      const { sessionId } = options
      if (sessionId !== undefined) onEnd({ what: 'sign-out', userId, sessionId }, saved)
      return saved
    },
  }
  return Object.assign(Object.create(presence), own)
}
