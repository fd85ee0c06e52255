const ALPHABET = Array.from('abcdefghijklmnopqrstuvwxyz234567', (letter) => letter.charCodeAt(0))
const LENGTH = 16

/** A call of the generator costs more than the bytes it fills: they are asked for in advance, and wiped once used. */
const pool = new Uint8Array(256 * LENGTH)
const codes = new Array<number>(LENGTH).fill(0)
let used = pool.length

/** 80 random bits of the platform's generator as 16 characters that are safe in ids, keys and addresses. */
export function randomId(): string {
  if (used === pool.length) {
    crypto.getRandomValues(pool)
    used = 0
  }
  for (let i = 0; i < LENGTH; i++) {
    codes[i] = ALPHABET[(pool[used] as number) & 31] as number
    pool[used++] = 0
  }
  // In one go: a string that was put together letter by letter keeps its parts, ten times its own size.
  return String.fromCharCode(...codes)
}
