import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'

/** What a client keeps to take its connection's place later, and what the record keeps of it. */
export interface ResumeToken {
  readonly token: string
  readonly hash: string
}

/** Half of SHA-256: the token is random, so that nothing but a preimage would help. */
const HASH_BYTES = 16
const HEX = '0123456789abcdef'

/** The hash under which a token is stored: who can read the store cannot resume. */
export function hashOf(token: string): string {
  const hash = sha256(utf8ToBytes(token)).subarray(0, HASH_BYTES)
  // In one go: a string that was put together digit by digit keeps its parts, and there is one per connection.
  return String.fromCharCode(...Array.from(hash, (byte) => [HEX.charCodeAt(byte >> 4), HEX.charCodeAt(byte & 15)]).flat())
}

export function createResumeToken(randomId: () => string): ResumeToken {
  const token = randomId() + randomId()
  return { token, hash: hashOf(token) }
}
