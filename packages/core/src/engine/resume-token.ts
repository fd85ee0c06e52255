import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'

/** What a client keeps to take its connection's place later, and what the record keeps of it. */
export interface ResumeToken {
  readonly token: string
  readonly hash: string
}

/** Half of SHA-256: the token is random, so that nothing but a preimage would help. */
const HASH_BYTES = 16
const HEX = Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
const codes = new Array<number>(2 * HASH_BYTES).fill(0)

/** The hash under which a token is stored: who can read the store cannot resume. */
export function hashOf(token: string): string {
  const hash = sha256(utf8ToBytes(token))
  for (let i = 0; i < HASH_BYTES; i++) {
    const byte = hash[i] as number
    codes[2 * i] = HEX[byte >> 4] as number
    codes[2 * i + 1] = HEX[byte & 15] as number
  }
  // In one go: a string that was put together digit by digit keeps its parts, and there is one per connection.
  return String.fromCharCode(...codes)
}

export function createResumeToken(randomId: () => string): ResumeToken {
  const token = randomId() + randomId()
  return { token, hash: hashOf(token) }
}
