/** The token that a request shows in `Authorization: Bearer …`. A browser sends it only if its page said so. */
export function bearerOf(request: Request): string | null {
  const [, token = null] = /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '') ?? []
  return token
}
