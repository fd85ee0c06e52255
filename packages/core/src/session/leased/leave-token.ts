/** What a page without a socket can say of itself by its leave token alone. */
export interface LeaveClaim {
  readonly userId: string
  readonly connectionId: string
  /** What the engine gave the connection for this. */
  readonly secret: string
}

/** Text that a page may put into a request without any login. Unguessable as the secret is, and good at any node. */
export function writeLeaveToken({ userId, connectionId, secret }: LeaveClaim): string {
  // No component has a comma once it is encoded.
  return [secret, encodeURIComponent(connectionId), encodeURIComponent(userId)].join(',')
}

/** `null`: not of this form. */
export function readLeaveToken(token: string): LeaveClaim | null {
  const [secret = '', connectionId = '', userId = '', ...rest] = token.split(',')
  if (secret === '' || rest.length > 0) return null
  try {
    return { secret, connectionId: decodeURIComponent(connectionId), userId: decodeURIComponent(userId) }
  } catch {
    return null
  }
}
