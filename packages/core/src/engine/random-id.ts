const ALPHABET = Array.from('abcdefghijklmnopqrstuvwxyz234567', (letter) => letter.charCodeAt(0))
const LENGTH = 16

/** 80 random bits of the platform's generator as 16 characters that are safe in ids, keys and addresses. */
export function randomId(): string {
  const codes = crypto.getRandomValues(new Uint8Array(LENGTH)).map((byte) => ALPHABET[byte & 31] as number)
  // In one go: a string that was put together letter by letter keeps its parts, ten times its own size.
  return String.fromCharCode(...codes)
}
