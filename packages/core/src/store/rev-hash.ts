/**
 * The hash whose sum modulo 2^32 makes the digest of a node: an unsigned 32-bit integer. Every store and every engine
 * must use this one, or nodes would audit themselves for ever.
 */
export function hashRev(rev: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < rev.length; i++) hash = Math.imul(hash ^ rev.charCodeAt(i), 0x01000193)
  // Revisions often differ in their last character only; without this mixing the sum of such hashes is the same for many sets.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return (hash ^ (hash >>> 16)) >>> 0
}
