/** Tokens by which a page that goes away can say so without its login. */
export interface LeaveTokens {
  /** A token for what `act` does; `null` if this host gives none. */
  issue(act: () => void): string | null
  /** The connection ended: its token is worth nothing any more. */
  withdraw(token: string | null): null
  /** Does what the token stands for, once. `false`: there is no such token. */
  redeem(token: string): boolean
}

export function createLeaveTokens(given: boolean, randomId: () => string): LeaveTokens {
  const acts = new Map<string, () => void>()
  return {
    issue(act) {
      if (!given) return null
      const token = randomId() + randomId()
      acts.set(token, act)
      return token
    },
    withdraw(token) {
      if (token !== null) acts.delete(token)
      return null
    },
    redeem(token) {
      const act = acts.get(token)
      acts.delete(token)
      act?.()
      return act !== undefined
    },
  }
}
