import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'

/**
 * A `held` connection's token is stored by its hash. A `leased` one's is stored by the hash of its hash: the first of the
 * two is the page's leave token, by which it can say that it goes and nothing else, at any node.
 */
export type TokenKind = 'held' | 'leased'

/** What a client keeps to take its connection's place later, and what the record keeps of it. */
export interface ResumeToken {
  readonly token: string
  readonly hash: string
}

/** Half of SHA-256: the token is random, so that nothing but a preimage would help. */
const HASH_BYTES = 16
const HEX = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const codes = new Array<number>(2 * HASH_BYTES).fill(0)

/** Begins each token of a leased connection; no random id does. */
const LEASED = 'leased-'

/** The hash under which a token is stored: who can read the store cannot resume. */
export function hashOf(token: string): string {
  return token.startsWith(LEASED) ? digest(digest(token)) : digest(token)
}

/** By it a page says that it goes. Nobody can tell the resume token from it. */
export function leaveTokenOf(token: string): string {
  return digest(token)
}

/** The hash that a leased connection's record keeps, told from its leave token. */
export function hashOfLeave(leaveToken: string): string {
  return digest(leaveToken)
}

function digest(text: string): string {
  const hash = sha256(utf8ToBytes(text))
  for (let i = 0; i < HASH_BYTES; i++) {
    const byte = hash[i] as number
    codes[2 * i] = HEX[byte >> 4] as number
    codes[2 * i + 1] = HEX[byte & 15] as number
  }
  // In one go: a string that was put together digit by digit keeps its parts, and there is one per connection.
  return String.fromCharCode(...codes)
}

export function createResumeToken(randomId: () => string, kind: TokenKind): ResumeToken {
  const token = `${kind === 'leased' ? LEASED : ''}${randomId()}${randomId()}`
  return { token, hash: hashOf(token) }
}
