import { sha256 } from '@noble/hashes/sha2.js'
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js'

/** What a client keeps to take its connection's place later, and what the record keeps of it. */
export interface ResumeToken {
  readonly token: string
  readonly hash: string
}

/** Half of SHA-256: the token is random, so that nothing but a preimage would help. */
const HASH_BYTES = 16

/** The hash under which a token is stored: who can read the store cannot resume. */
export function hashOf(token: string): string {
  return bytesToHex(sha256(utf8ToBytes(token)).subarray(0, HASH_BYTES))
}

export function createResumeToken(randomId: () => string): ResumeToken {
  const token = randomId() + randomId()
  return { token, hash: hashOf(token) }
}
